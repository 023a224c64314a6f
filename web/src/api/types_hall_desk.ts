// What the API of the shared services says to those who work there: tasks, cases, board, editor.
import type { Words } from '@/words'

import type { HallStage } from './types_hall'
import type { Json } from './types_ledger'

export type { Json }

/** A thing of the catalogue, or a node, by its code. */
export interface Ref {
  readonly code: string
  readonly title: Words
}

export interface City {
  readonly code: string
  readonly name: Words
}

export type Light = 'none' | 'good' | 'soon' | 'late' | 'stands' | 'done'
export type LimitUnit = 'working_day' | 'calendar_day' | 'hour'
export type Way = 'online' | 'agent' | 'joint'
export const STATES = [
  'submitted',
  'received',
  'supplement',
  'accepted',
  'suspended',
  'decided',
  'closed',
  'rejected',
  'withdrawn',
  'handed_over',
] as const
export type CaseState = (typeof STATES)[number]

// --- The desk ------------------------------------------------------------------------------------

export interface TaskRow {
  readonly task: string
  readonly case: string
  readonly number: string
  readonly kind: string
  readonly kind_text: Words
  readonly title: Words
  readonly item: string
  readonly unit: Ref
  readonly from_city: string | null
  readonly way: Way | null
  readonly state: CaseState
  readonly state_text: Words
  readonly due: string | null
  /** In `left_unit`; below zero once late. */
  readonly left: number | null
  readonly left_unit: LimitUnit
  readonly light: Light
  /** Name of who has taken it on. */
  readonly claimed_by: string | null
  readonly mine: boolean
  readonly seen: number
}

export interface TaskRows {
  readonly rows: readonly TaskRow[]
  readonly total: number
  readonly counts: { readonly todo: number; readonly due_soon: number; readonly late: number }
}

export interface CaseRow {
  readonly case: string
  readonly number: string
  readonly title: Words
  readonly item: string
  readonly unit: Ref
  readonly city: string | null
  readonly from_city: string | null
  readonly way: Way | null
  readonly state: CaseState
  readonly state_text: Words
  readonly at: string
  readonly due: string | null
  readonly light: Light
  readonly seen: number
}

export interface PersonSought {
  readonly number: string
  readonly reason: string
  readonly page: number
  readonly size: number
}

export interface CaseRows {
  readonly rows: readonly CaseRow[]
  readonly total: number
}

export interface Applicant {
  readonly kind: 'person' | 'firm'
  readonly name: string
  readonly id_number: string
  readonly credit_code: string
  readonly phone: string
}

export interface CaseFile {
  readonly id: string
  readonly name: string
  readonly filename: string
  readonly size: number
  readonly type: string
  readonly sha256: string
  readonly at: string
}

export interface Evidence {
  readonly id: string
  readonly document: Ref
  readonly state: 'found' | 'waiting' | 'absent' | 'agreed' | 'refused' | 'other' | 'unproven'
  readonly state_text: Words
  readonly holder: Ref | null
  /** The node that had it from a platform above and vouches for it; null: its holder signed it. */
  readonly vouched_by: Ref | null
  readonly purpose: string
  readonly at: string | null
  readonly fields: readonly { readonly name: string; readonly label: Words; readonly value: Json }[]
}

export interface CaseClock {
  readonly legal: Words | null
  readonly promised: Words | null
  readonly due: string | null
  readonly legal_due: string | null
  /** In `unit`, as what is left. */
  readonly used: number | null
  readonly left: number | null
  readonly unit: LimitUnit
  readonly stands: boolean
  readonly light: Light
}

export interface CaseEvent {
  readonly at: string
  readonly what: string
  readonly text: Words
  readonly who: string
  readonly unit: Ref | null
  readonly words: string
}

export interface Opinion {
  readonly unit: Ref
  readonly node: Ref | null
  readonly asked_at: string
  readonly words: string
  readonly state: 'waiting' | 'agree' | 'agree_if' | 'disagree'
  readonly state_text: Words | null
  readonly answer: string
  readonly at: string | null
}

export interface CaseTask {
  readonly task: string
  readonly kind: string
  readonly kind_text: Words
  readonly unit: Ref
  readonly claimed_by: string | null
  readonly mine: boolean
  readonly due: string | null
}

export interface CaseAction {
  readonly action: string
  readonly label: Words
  /** The task that it is of; null: of none. */
  readonly task: string | null
  readonly asks: readonly string[]
  /** Those of `asks` that must not be empty. */
  readonly needs: readonly string[]
  /** Words for `outcome`, or for `reason`. */
  readonly choices: readonly { readonly value: string; readonly label: Words }[]
  /** How many `days` at most. */
  readonly most: number | null
}

/** A department or city that an action may name. */
export interface Choice {
  readonly code: string
  readonly title: Words
  readonly city: string | null
}

export interface CaseResult {
  readonly title: Words
  readonly number: string
  readonly granted: boolean
  readonly words: string
  readonly signed_by: Words
  readonly at: string
}

/** What a field of the form is called, and the words of what it lets choose. */
export interface CaseLabel {
  readonly pointer: string
  readonly title: Words
  readonly options: Readonly<Record<string, Words>>
}

export interface DeskCase {
  readonly case: string
  readonly number: string
  readonly version: number
  readonly item: Ref
  readonly title: Words
  readonly authority: Ref
  readonly way: Way | null
  readonly from_city: string | null
  readonly taken_in_by: Ref
  readonly state: CaseState
  readonly state_text: Words
  readonly at: string
  readonly erased: boolean
  readonly applicant: Applicant | null
  readonly data: Readonly<Record<string, Json>>
  readonly labels: readonly CaseLabel[]
  readonly files: readonly CaseFile[]
  readonly evidence: readonly Evidence[]
  readonly clock: CaseClock
  readonly events: readonly CaseEvent[]
  readonly opinions: readonly Opinion[]
  readonly tasks: readonly CaseTask[]
  readonly can: readonly CaseAction[]
  /** The steps of its process, and how far it is. */
  readonly process: readonly HallStage[]
  readonly documents: readonly Ref[]
  readonly units: readonly Choice[]
  readonly nodes: readonly Choice[]
  readonly result: CaseResult | null
  readonly appraisal: { readonly stars: number; readonly words: string; readonly at: string } | null
}

export interface ActionGiven {
  readonly seen: number
  readonly action: string
  readonly task?: string
  readonly outcome?: string
  readonly words?: string
  readonly units?: readonly string[]
  readonly documents?: readonly string[]
  readonly until?: string
  readonly reason?: string
  readonly to?: string
  readonly days?: number
}

// --- The board -----------------------------------------------------------------------------------

export interface BoardUnit {
  readonly unit: Ref
  readonly city: string | null
  readonly open: number
  readonly late: number
  readonly due_soon: number
  readonly done: number
  readonly days_mean: number | null
  readonly on_time: number | null
}

export interface ItemInCity {
  readonly city: string
  readonly cases: number
  readonly days: number | null
  readonly visits: number | null
  readonly refused: number
  readonly stars: number | null
}

export interface BoardItem {
  readonly basic_code: string
  readonly title: Words
  readonly cities: readonly ItemInCity[]
}

export interface TrendDay {
  readonly day: string
  readonly in: number
  readonly out: number
}

/** One life event by the city that leads it: whole applications, not their steps. */
export interface BoardEvent {
  readonly code: string
  readonly title: Words
  readonly cities: readonly {
    readonly city: string
    readonly came: number
    readonly ended: number
    readonly refused: number
    readonly days: number | null
    readonly stars: number | null
    readonly appraised: number
  }[]
}

export interface BoardPeer {
  readonly node: Ref
  readonly waiting: number
  readonly oldest: string | null
  readonly last_ok: string | null
  readonly state: 'ok' | 'waiting' | 'down' | 'unknown'
}

export interface HallBoard {
  readonly since: string
  readonly until: string
  readonly units: readonly BoardUnit[]
  readonly items: readonly BoardItem[]
  readonly events: readonly BoardEvent[]
  readonly trend: readonly TrendDay[]
  readonly peers: readonly BoardPeer[]
  readonly stars: { readonly mean: number | null; readonly count: number }
}

// --- The editor ----------------------------------------------------------------------------------

export type ItemFields = Readonly<Record<string, Json>>

export interface ItemVersion {
  readonly version: number
  readonly valid_from: string | null
  readonly valid_until: string | null
  readonly published_by: string | null
  readonly published_at: string | null
}

export interface EditorRow {
  readonly code: string
  readonly basic_code: string
  readonly title: Words
  readonly city: City | null
  readonly authority: Ref
  readonly versions: readonly ItemVersion[]
  readonly draft_by: string | null
  readonly draft_at: string | null
}

export interface EditorRows {
  readonly rows: readonly EditorRow[]
  readonly total: number
}

export interface ComparedField {
  readonly name: string
  readonly label: Words
  readonly differs: boolean
  /** Text by code of the city. */
  readonly values: Readonly<Record<string, string>>
}

export interface Compared {
  readonly basic_code: string
  readonly title: Words
  readonly cities: readonly City[]
  readonly fields: readonly ComparedField[]
}

export interface Finding {
  readonly severity: 'error' | 'warning'
  readonly field: string
  readonly message: Words
}

export interface EditorField {
  readonly name: string
  readonly label: Words
  readonly kind: 'text' | 'long' | 'number' | 'choice' | 'choices' | 'day' | 'flag' | 'list'
  readonly choices: readonly Ref[]
  /** Of a list whose entries have fields themselves; none: a list of texts. */
  readonly columns?: readonly EditorField[]
}

export interface EditorDraft {
  readonly fields: ItemFields
  readonly by: string
  readonly at: string
  readonly seen: number
  readonly differs: readonly string[]
}

export interface EditorItem {
  readonly code: string
  readonly basic_code: string
  readonly title: Words
  readonly published: ItemFields | null
  readonly published_version: number | null
  readonly versions: readonly ItemVersion[]
  readonly draft: EditorDraft | null
  readonly findings: readonly Finding[]
  readonly fields: readonly EditorField[]
  readonly may_publish: boolean
}
