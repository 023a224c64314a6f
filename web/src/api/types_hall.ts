// What the endpoints of the shared services answer, all below /api/v1/hall.
import type { Words } from '@/words'

/** A thing of the catalogue, or a node, by its code. */
export interface HallRef {
  readonly code: string
  readonly title: Words
}

export interface HallCity {
  readonly code: string
  readonly name: Words
}

export interface HallMe {
  readonly node: {
    readonly code: string
    readonly title: Words
    readonly kind: 'city' | 'portal' | 'province'
    readonly cities: readonly HallCity[]
  }
  /** What every page must carry: invented data say so. */
  readonly marked: Words | null
  /** All of the catalogue. */
  readonly cities: readonly HallCity[]
  readonly who: string | null
  readonly title: string
  readonly kind: 'guest' | 'resident' | 'staff'
  /** The department whose tasks they handle. */
  readonly unit: HallRef | null
  readonly city: string | null
  readonly permissions: readonly string[]
  readonly now: string
  /** In China. */
  readonly today: string
  /** Whether people may make accounts for themselves. */
  readonly registers: boolean
  readonly counts: { readonly todo: number; readonly due_soon: number; readonly late: number } | null
}

export type ApplicantKind = 'person' | 'firm'
export type HallWay = 'online' | 'agent' | 'joint'

export interface HallRows<T> {
  readonly rows: readonly T[]
  readonly total: number
}

// --- The catalogue ---

export interface HallItemRow {
  readonly code: string
  readonly basic_code: string
  readonly title: Words
  /** Null: of the province. */
  readonly city: HallCity | null
  readonly authority: HallRef
  readonly applicants: readonly ApplicantKind[]
  readonly promised: Words | null
  readonly legal: Words | null
  readonly visits: number
  readonly depth: Words
  readonly ways: readonly HallWay[]
  /** Codes of the cities whose people may use it. */
  readonly cities: readonly string[]
  readonly free: boolean
}

export interface HallRequirement {
  readonly document: HallRef
  readonly form: Words
  readonly copies: number
  readonly necessary: boolean
  /** Condition under which it is wanted; empty: always. */
  readonly when: string
  readonly visit: boolean
  readonly origin: Words
  readonly issuer: HallRef | null
  /** Whether a department gives it, so that nobody brings it. */
  readonly fetchable: boolean
}

/** A step of the process by which a case is handled. */
export interface HallStage {
  readonly title: Words
  /** Who does it; null: the department that decides. */
  readonly unit: HallRef | null
  /** Side by side with the one before it. */
  readonly beside: boolean
  /** How far a case is with it; null: of an item. */
  readonly far: 'done' | 'now' | 'ahead' | null
}

export interface HallItem extends HallItemRow {
  readonly conditions: string
  readonly basis: string
  readonly requirements: readonly HallRequirement[]
  readonly results: readonly HallRef[]
  readonly fees: readonly { readonly title: string; readonly cny: string; readonly basis: string }[]
  readonly visit_reason: string
  readonly version: number
  readonly valid_from: string | null
  /** How it is handled, in the order of most cases. */
  readonly process: readonly HallStage[]
}

export interface HallStep {
  readonly basic_code: string
  readonly title: Words
  /** Basic codes of the steps that have to be done before. */
  readonly after: readonly string[]
}

export interface HallEventRow {
  readonly code: string
  readonly title: Words
  readonly applicants: readonly ApplicantKind[]
  readonly steps: readonly HallStep[]
  /** Codes of the cities that offer it. */
  readonly cities: readonly string[]
}

/** Where a step of a life event may be done, and what is different there from the lead city. */
export interface HallStepChoice {
  /** Null: the province. */
  readonly city: HallCity | null
  readonly code: string
  readonly authority: HallRef
  readonly promised: Words | null
  /** What is promised, in working days. */
  readonly days: number
  readonly visits: number
  /** Documents to bring there that the lead city spares; those of the lead city it does without. */
  readonly adds: readonly HallRef[]
  readonly spares: readonly HallRef[]
}

/** What all steps of a life event take together. */
export interface HallGuideTotals {
  /** Working days, what can run side by side does. */
  readonly days_together: number
  readonly days_one_after_other: number
  readonly visits: number
  /** Documents that neither a department nor a step gives. */
  readonly to_bring: number
}

export interface HallGuideStep extends HallItemRow {
  readonly after: readonly string[]
  readonly choices: readonly HallStepChoice[]
}

export interface HallGuide extends HallGuideTotals {
  readonly code: string
  readonly title: Words
  readonly applicants: readonly ApplicantKind[]
  readonly city: HallCity
  readonly steps: readonly HallGuideStep[]
  /** Steps that the lead city does not offer, and others do. */
  readonly elsewhere: readonly { readonly basic_code: string; readonly title: Words; readonly choices: readonly HallStepChoice[] }[]
  /** The same with every step in the lead city; null: that is what this is. */
  readonly here: HallGuideTotals | null
  readonly documents: readonly {
    readonly document: HallRef
    readonly asked_by: readonly string[]
    readonly fetchable: boolean
    /** Basic code of the step that yields it. */
    readonly made_by: string | null
  }[]
}

// --- Forms ---

/** JSON Schema 2020-12, as far as forms use it. */
export type Schema = Readonly<Record<string, unknown>>

export interface HallFileSlot {
  readonly name: string
  readonly document: string
  readonly title: Words
  readonly necessary: boolean
  readonly media: readonly string[]
  readonly fetchable: boolean
  /** Condition in words, of which a clerk decides; empty: none. */
  readonly condition?: string
  /** Wanted only where each of these holds. */
  readonly when?: readonly { readonly pointer: string; readonly values: readonly unknown[] }[]
  readonly most_files?: number
  /** Whom it is about; of others none is fetched. */
  readonly about: 'applicant' | 'representative' | 'other'
}

export interface HallPrefill {
  readonly value: unknown
  readonly source: { readonly title: Words; readonly at: string | null }
}

export interface HallForm {
  readonly schema: Schema
  /** JSON pointers into the data. */
  readonly order: readonly string[]
  readonly groups: readonly { readonly title: Words; readonly fields: readonly string[] }[]
  readonly files: readonly HallFileSlot[]
  /** By JSON pointer. */
  readonly prefill: Readonly<Record<string, HallPrefill>>
}

// --- Those who apply ---

export interface HallProfileGiven {
  readonly kind: ApplicantKind
  readonly name: string
  readonly id_number: string
  readonly credit_code: string
  readonly phone: string
  readonly address: string
  /** Of the profile as it was read. */
  readonly seen?: number
}

export type HallProfile = Omit<HallProfileGiven, 'kind' | 'seen'> & {
  readonly kind: ApplicantKind | null
  readonly seen: number
  /** When somebody checked it with papers: evidence is fetched from then on. */
  readonly verified: string | null
}

/** An item by its code, or a life event in a city with the steps that were chosen. */
export interface HallAbout {
  readonly item?: string | null
  readonly event?: string | null
  readonly city?: string | null
  readonly with?: readonly string[]
  /** Other cities for some steps, by basic code. */
  readonly places?: Readonly<Record<string, string>>
}

/** For whom a window applies. */
export interface HallPerson {
  readonly kind: ApplicantKind
  readonly name: string
  readonly id_number: string
  readonly credit_code: string
  readonly phone: string
}

export interface HallDraftGiven {
  readonly about: HallAbout
  /** Null: at home. */
  readonly way: HallWay | null
  readonly from_city: string | null
  readonly on_behalf: HallPerson | null
}

export interface HallFile {
  readonly id: string
  /** Of the form's slot. */
  readonly name: string
  readonly filename: string
  readonly size: number
  readonly type: string
  readonly sha256: string
  readonly at: string
}

export type EvidenceState = 'found' | 'waiting' | 'absent' | 'agreed' | 'refused' | 'other' | 'unproven'

export interface HallEvidence {
  readonly id: string
  readonly document: HallRef
  readonly state: EvidenceState
  readonly state_text: Words
  readonly holder: HallRef | null
  readonly purpose: string
  readonly at: string | null
  readonly fields: readonly { readonly name: string; readonly label: Words; readonly value: unknown }[]
}

/** Values of a form. */
export type FormValues = Readonly<Record<string, unknown>>

export interface HallDraft {
  readonly id: string
  readonly about: HallAbout
  readonly title: Words
  readonly way: HallWay | null
  readonly from_city: string | null
  readonly on_behalf: HallPerson | null
  readonly data: FormValues
  readonly files: readonly HallFile[]
  readonly evidence: readonly HallEvidence[]
  readonly saved_at: string
  /** To be sent back with the next change. */
  readonly seen: number
}

export interface HallDraftRow {
  readonly id: string
  readonly about: HallAbout
  readonly title: Words
  readonly saved_at: string
}

export interface HallFault {
  /** JSON pointer. */
  readonly pointer: string
  readonly message: Words
}

export interface HallReceipt {
  readonly case: string
  readonly number: string
  readonly title: Words
  readonly at: string
  /** Node of the authority. */
  readonly to: HallRef
  readonly promised: Words | null
  readonly marked: Words | null
}

// --- Their cases ---

export type CaseState =
  | 'submitted'
  | 'received'
  | 'supplement'
  | 'accepted'
  | 'suspended'
  | 'decided'
  | 'closed'
  | 'rejected'
  | 'withdrawn'

export interface MineRow {
  readonly case: string
  readonly number: string
  readonly title: Words
  readonly state: CaseState
  readonly state_text: Words
  readonly at: string
  readonly due: string | null
  readonly steps_done: number
  readonly steps: number
  readonly needs_me: boolean
}

export interface HallResult {
  readonly title: Words
  readonly number: string
  readonly granted: boolean
  readonly words: string
  readonly signed_by: Words
  readonly at: string
}

export interface MineStep {
  readonly basic_code: string
  readonly title: Words
  /** Of the case; `waiting` until the steps before are done. */
  readonly state: string
  readonly state_text: Words
  readonly authority: HallRef
  readonly case: string | null
  /** How it ended; empty: it has not. */
  readonly over: '' | 'done' | 'refused' | 'withdrawn' | 'stopped'
  /** Modelled: over by then if each department keeps its limit; null: not known. */
  readonly due: string | null
  readonly ended: string | null
  readonly waits_for: readonly Words[]
  readonly stopped_by: Words | null
  /** Steps that were stopped since this one was not granted. */
  readonly stops: readonly Words[]
}

export interface Mine extends MineRow {
  readonly item: HallRef | null
  readonly authority: HallRef | null
  readonly way: HallWay | null
  readonly timeline: readonly { readonly at: string; readonly what: Words; readonly unit: HallRef | null; readonly words: string }[]
  readonly promised: Words | null
  readonly supplement: {
    readonly words: string
    readonly until: string | null
    readonly documents: readonly HallRef[]
  } | null
  readonly result: HallResult | null
  readonly appraisal: { readonly stars: number; readonly words: string; readonly at: string } | null
  /** Of a life event. */
  readonly steps_of: readonly MineStep[]
  readonly event: string | null
  /** The life event that it is a step of; what it stopped, since it was not granted. */
  readonly parent: string | null
  readonly stops: readonly Words[]
  /** Of a life event: the clock of a step stands, so that no day is known. */
  readonly stands: boolean
  /** Of a life event: asked for then; steps have to answer yet. */
  readonly withdrawing: string | null
  /** How it is handled, and how far it is; none of a life event. */
  readonly process: readonly HallStage[]
  readonly files: readonly (HallFile & { readonly title: Words | null })[]
  /** Of `supplement`, `withdraw`, `appraise`, `erase`. */
  readonly can: readonly string[]
}

/** What a department asks for besides, and the form as it was filled in. */
export interface HallSupplementForm extends HallForm {
  readonly data: FormValues
  /** Added since, and not handed in yet. */
  readonly given: readonly HallFile[]
  readonly evidence: readonly HallEvidence[]
}

export interface HallLook {
  readonly at: string
  readonly who: string
  readonly unit: HallRef | null
  readonly node: HallRef
  readonly case: string | null
  readonly number: string
  readonly reason: string
}

export interface HallErasure {
  readonly case: string
  readonly erased: boolean
  /** When it became unreadable here; null: asked for where it was handled. */
  readonly at: string | null
}
