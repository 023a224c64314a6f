// The endpoints for those who look after the life events that a node leads.
import type { Words } from '@/words'

import { get, send } from './client'
import type { HallCity, HallRef } from './types_hall'
import type { Light } from './types_hall_desk'

/** A life event that this node leads; nothing personal. */
export interface EventRow {
  readonly case: string
  readonly number: string
  readonly event: string
  readonly title: Words
  readonly city: HallCity | null
  readonly state: string
  readonly state_text: Words
  readonly opened: string
  readonly closed: string | null
  /** Modelled: over by then if each department keeps its limit; null: not known. */
  readonly due: string | null
  readonly light: Light
  readonly steps: number
  readonly steps_done: number
  readonly steps_late: number
  readonly stars: number | null
}

export interface EventRows {
  readonly rows: readonly EventRow[]
  readonly total: number
}

export interface EventStep {
  readonly step: string
  readonly title: Words
  readonly authority: HallRef
  readonly city: HallCity | null
  readonly node: HallRef
  readonly case: string | null
  readonly number: string
  readonly state: 'waiting' | 'running' | 'done' | 'refused' | 'withdrawn' | 'stopped'
  /** Of its case, where there is one. */
  readonly state_text: Words
  readonly begun: string | null
  readonly ended: string | null
  /** End of the limit that runs, as its node told. */
  readonly due: string | null
  /** Modelled: over by then if all keep theirs. */
  readonly expected: string | null
  readonly late: boolean
  readonly waits: readonly HallRef[]
  readonly reminded: string | null
  readonly may_remind: boolean
  /** Whether its case lies at this node. */
  readonly here: boolean
}

export interface EventDesk extends EventRow {
  /** Of the applicant; empty once erased. */
  readonly name: string
  readonly phone: string
  readonly steps_of: readonly EventStep[]
  readonly appraisal: string
  readonly erased: boolean
}

export type Which = 'open' | 'late' | 'over'
const part = encodeURIComponent

export const led = {
  rows: (which: Which, page: number, size: number, signal?: AbortSignal) =>
    get<EventRows>('hall/desk/events', { which, page, size }, signal),
  /** One with its steps; that it was looked at is recorded, with the reason. */
  one: (id: string, reason: string, signal?: AbortSignal) => get<EventDesk>(`hall/desk/events/${part(id)}`, { reason }, signal),
  remind: (id: string, step: string, words: string) =>
    send<EventDesk>('POST', `hall/desk/events/${part(id)}/remind`, { body: { step, words } }),
}
