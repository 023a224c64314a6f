// The answers about data that comes in, its versions, the trail of changes, and who is logged in.
import type { Words } from '@/words'

export interface Finding {
  /** Empty: the whole file. */
  readonly sheet: string
  /** Empty: the whole sheet. */
  readonly cell: string
  readonly column: string
  readonly given: string
  readonly text: Words
}

export type Cell = string | number | boolean | null

export interface DataChange {
  readonly table: string
  readonly table_name: Words
  readonly level: string
  readonly code: string
  readonly name: Words
  readonly column: Words
  readonly before: Cell
  readonly after: Cell
}

export interface Intake {
  readonly id: string
  readonly name: string
  /** Whether it can be taken in. */
  readonly accepted: boolean
  readonly errors: readonly Finding[]
  readonly warnings: readonly Finding[]
  readonly notes: readonly Finding[]
  readonly annotated: string
  /** The first of them. */
  readonly changes: readonly DataChange[]
  readonly changes_total: number
  readonly touched: { readonly county: readonly string[]; readonly city: readonly string[] }
}

export interface Version {
  readonly number: number
  readonly hash: string
  readonly at: string
  readonly by: string
  readonly reason: string
  readonly parent: number | null
}

export interface Versions {
  readonly current: string
  readonly can_undo: boolean
  readonly can_redo: boolean
  readonly original_changed: boolean
  readonly items: readonly Version[]
}

export interface TrailEntry {
  readonly number: number
  readonly at: string
  readonly who: string
  readonly via: Words
  readonly address: string
  readonly action: Words
  readonly key: string
  readonly on: { readonly kind: string; readonly id: string }
  readonly phase: 'intent' | 'done' | 'failed'
  readonly of: number | null
  readonly before: unknown
  readonly after: unknown
  readonly note: string
}

export interface TrailPage {
  readonly items: readonly TrailEntry[]
  readonly next: number | null
}

export interface Verification {
  readonly ok: boolean
  readonly rows: number
  readonly head: string
  readonly first_wrong: number | null
  readonly why: Words | null
}
