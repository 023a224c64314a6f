// What the ledger's endpoints answer, all below /api/v1/ledger.
import type { Words } from '@/words'

/** A unit as rows name it. */
export interface UnitRef {
  readonly code: string
  readonly name: Words
}

export interface Row {
  readonly id: string
  readonly number: string
  readonly title: string
  readonly kind: string
  readonly strand: string
  readonly level: string
  readonly state: string
  readonly mark: string
  readonly reasons: readonly Words[]
  readonly remarks: readonly Words[]
  readonly progress: number
  readonly gate: string | null
  readonly lead_unit: UnitRef | null
  readonly responsible_unit: UnitRef | null
  readonly supporting_units: readonly UnitRef[]
  readonly city: string | null
  readonly owner: string
  readonly start: string | null
  readonly due: string | null
  /** Working days until it is due; below zero once it is late. */
  readonly left: number | null
  readonly version: number
  readonly example: boolean
}

export interface Rows {
  readonly items: readonly Row[]
  readonly total: number
  readonly offset: number
  readonly limit: number
  readonly revision: number
}

export interface LedgerSettings {
  readonly title: string
  readonly prefix: string
  readonly example: boolean
}

export const TALLIES = ['mine_open', 'due_soon', 'overdue', 'to_sign', 'to_judge', 'unread'] as const
export type Tally = (typeof TALLIES)[number]

export interface Me {
  readonly who: string
  readonly title: string
  readonly unit: UnitRef | null
  readonly city: string | null
  readonly permissions: readonly string[]
  /** The day of the service, in China. */
  readonly today: string
  readonly counts: Readonly<Record<Tally, number>>
  readonly settings: LedgerSettings
}

/** A value of an enumeration with its word. */
export interface Choice {
  readonly value: string
  readonly label: Words
}

export type ChoiceList =
  | 'kinds'
  | 'strands'
  | 'levels'
  | 'states'
  | 'marks'
  | 'gates'
  | 'moves'
  | 'whats'
  | 'cities'

export type LedgerWords = Readonly<Partial<Record<ChoiceList, readonly Choice[]>>> & {
  readonly fields: readonly { readonly name: string; readonly label: Words; readonly help: Words | null }[]
}

export interface Unit {
  readonly code: string
  readonly name: string
  readonly name_en: string | null
  readonly level: string
  readonly city: string | null
  readonly parent: string | null
  readonly valid_from: string | null
  readonly valid_to: string | null
  readonly replaced_by: readonly string[]
}

/** So many of so many; no share of fewer than five. */
export interface Rate {
  readonly count: number
  readonly of: number
  readonly share: number | null
}

export interface Lateness {
  readonly count: number
  readonly median: number | null
  readonly longest: number | null
}

export interface UnitFigures {
  readonly unit: UnitRef | null
  readonly items: number
  readonly done: number
  readonly on_time: Rate
  readonly waiting: number
  readonly done_late: Lateness
  readonly open: number
  readonly overdue: Lateness
  readonly held_up: number
  readonly returned: Rate
  readonly extended: Rate
}

export interface UnitPage {
  readonly unit: Unit
  readonly shown: Words
  readonly figures: UnitFigures | null
  readonly open: readonly Row[]
  readonly late: readonly Row[]
  readonly next: readonly Row[]
  readonly history: readonly HistoryEvent[]
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }
export type Fields = Readonly<Record<string, Json>>

export interface Milestone {
  readonly name: string
  readonly due: string
  readonly done_on: string | null
  readonly weight: number
}

/** An item as the ledger keeps it; amounts are texts, so that they stay exact. */
export interface Item {
  readonly id: string
  readonly number: string
  readonly kind: string
  readonly title: string
  readonly text: string
  readonly strand: string
  readonly level: string
  readonly lead_unit: string | null
  readonly responsible_unit: string | null
  readonly supporting_units: readonly string[]
  readonly owner: string
  readonly assigned_on: string | null
  readonly start: string | null
  readonly due: string | null
  readonly reported_on: string | null
  readonly closed_on: string | null
  readonly state: string
  readonly back_to: string | null
  readonly progress: number
  readonly gate: string | null
  readonly deliverable: string
  readonly milestones: readonly Milestone[]
  readonly measures: readonly Measure[]
  readonly budget: readonly { readonly name: string; readonly year: number; readonly amount: string }[]
  readonly payments: readonly { readonly date: string; readonly amount: string; readonly to: string; readonly note: string }[]
  readonly currency: string
  readonly place: { readonly geometry: GeoJSON.Geometry | null; readonly counties: readonly string[] } | null
  readonly finding: Finding | null
  readonly depends_on: readonly { readonly item: string; readonly lag_days: number }[]
  readonly meeting: string | null
  readonly source: string
  readonly example: boolean
  readonly version: number
  readonly created: string
  readonly changed: string
}

export interface Measure {
  readonly name: string
  readonly unit: string
  readonly baseline: number | null
  readonly target: number | null
  readonly value: number | null
  readonly at: string | null
  readonly source: string
}

/** What proposed an item, and what it promised. */
export interface Finding {
  readonly strand: string
  readonly key: string
  readonly region: string
  readonly benefit: number
  readonly unit: string
  readonly promised_on: string
}

export interface Attachment {
  readonly id: string
  readonly item: string
  readonly name: string
  readonly type: string
  readonly size: number
  readonly sha256: string
  readonly at: string
  readonly who: string
}

export interface HistoryEvent {
  readonly item: string
  readonly at: string
  readonly who: string
  readonly unit: string | null
  readonly what: string
  readonly text: string
  readonly progress: number | null
  readonly evidence: readonly string[]
  readonly before: Fields
  readonly after: Fields
}

/** Something that may be done to an item now. */
export interface MoveOffer {
  readonly move: string
  readonly label: Words
  /** Of `text`, `progress`: what has to be given with it. */
  readonly needs: readonly string[]
  /** Names of fields that may be given with it. */
  readonly fields: readonly string[]
}

export interface Whole {
  readonly item: Item
  readonly row: Row
  readonly standing: {
    readonly mark: string
    readonly reasons: readonly Words[]
    readonly remarks: readonly Words[]
    readonly late: number | null
    readonly left: number | null
    readonly used: number | null
  }
  readonly moves: readonly MoveOffer[]
  readonly editable: readonly string[]
  readonly attachments: readonly Attachment[]
  readonly history: readonly HistoryEvent[]
  readonly depends_on: readonly Row[]
  readonly dependants: readonly Row[]
}

export interface Board {
  readonly columns: readonly {
    readonly state: string
    readonly label: Words
    readonly total: number
    readonly items: readonly Row[]
  }[]
}

export interface GanttRow extends Row {
  readonly milestones: readonly Milestone[]
  readonly critical: boolean
  /** Working days it may slip without moving the end. */
  readonly slack: number | null
  readonly depends_on: readonly { readonly item: string; readonly lag_days: number }[]
  /** When it can be done if work goes on as planned; `late`: working days after its due date. */
  readonly plan: { readonly start: string; readonly finish: string; readonly late: number } | null
}

export interface Gantt {
  readonly rows: readonly GanttRow[]
  readonly total: number
  /** Days within the span that are not worked, weekends included. */
  readonly days: { readonly holidays: readonly string[]; readonly remark: Words | null }
}

export interface Curve {
  readonly days: readonly string[]
  readonly planned: readonly (number | null)[]
  readonly earned: readonly (number | null)[]
  readonly actual: readonly (number | null)[]
  readonly currency: string | null
  /** How many items are counted. */
  readonly items: number
  readonly figures: Readonly<Record<string, number | null>>
  /** Why a figure is not there. */
  readonly why: Readonly<Record<string, Words>>
  /** What the figures do not say. */
  readonly limits: readonly Words[]
}

export interface CalendarDay {
  readonly day: string
  readonly working: boolean
  readonly remark: Words | null
  readonly items: readonly Row[]
  readonly milestones: readonly { readonly id: string; readonly number: string; readonly title: string; readonly name: string; readonly done_on: string | null }[]
  readonly meetings: readonly { readonly id: string; readonly title: string }[]
}

export interface LedgerMap extends GeoJSON.FeatureCollection {
  readonly by_county: readonly { readonly county: string; readonly name: Words; readonly count: number; readonly overdue: number }[]
}

export interface Note {
  readonly id: string
  readonly at: string
  readonly item: string
  readonly number: string
  readonly title: string
  readonly what: string
  readonly label: Words
  readonly who: string
  readonly text: string
  readonly read: boolean
}

export interface Reminder {
  readonly item: string
  readonly number: string
  readonly title: string
  readonly call: string
  readonly label: Words
  readonly to: readonly UnitRef[]
  readonly because: readonly Words[]
}

export interface SavedView {
  readonly id: string
  readonly title: string
  readonly owner: string
  readonly shared: boolean
  readonly mine: boolean
  readonly query: Readonly<Record<string, string>>
}

export interface Meeting {
  readonly id: string
  readonly title: string
  readonly held_on: string
  readonly minutes: string
  readonly items: readonly string[]
}

export interface MeetingPage extends Meeting {
  readonly rows: readonly Row[]
}

/** A draft read from minutes: what an item takes, and what was doubtful. */
export interface MinutesDraft {
  readonly number: number
  readonly heading: string
  readonly fields: Fields
  /** Units as the minutes name them, by part. */
  readonly named: Readonly<Record<string, readonly string[]>>
  readonly doubts: readonly Words[]
}

export interface MinutesSplit {
  readonly drafts: readonly MinutesDraft[]
  /** Paragraphs that gave no draft. */
  readonly rest: readonly string[]
  readonly minutes: string
}

export interface LedgerIntake {
  readonly key: string
  readonly name: string
  readonly new: readonly Fields[]
  readonly edited: readonly { readonly id: string; readonly number: string; readonly title: string; readonly seen: number; readonly fields: Fields; readonly before: Fields }[]
  readonly unchanged: number
  readonly problems: readonly {
    readonly sheet: string
    readonly cell: string
    readonly row: number | null
    readonly column: string | null
    readonly message: Words
    readonly severity: 'fault' | 'warning' | 'note'
  }[]
  readonly acceptable: boolean
}

export interface Account {
  readonly name: string
  readonly title_zh: string
  readonly unit: string | null
  readonly city: string | null
  readonly state: 'active' | 'closed'
  readonly grants: readonly Grant[]
  readonly created: string
  readonly has_password: boolean
}

/** A role, everywhere or in one city alone. */
export interface Grant {
  readonly role: string
  readonly city: string | null
}

export interface Accounts {
  readonly items: readonly Account[]
  readonly roles: readonly { readonly key: string; readonly name: Words; readonly permissions: readonly string[] }[]
}
