// What an action on a case asks of a clerk, and what is sent for it. Pure.
import type { ActionGiven, CaseAction } from '@/api/types_hall_desk'

/** What an action may ask, in the order of the form. */
export const ASKS = ['outcome', 'reason', 'documents', 'units', 'to', 'days', 'until', 'words'] as const
export type Ask = (typeof ASKS)[number]

type Offer = Pick<CaseAction, 'action' | 'task' | 'asks' | 'needs'>

export interface Typed {
  outcome: string
  reason: string
  documents: string[]
  units: string[]
  to: string
  days: number | ''
  until: string
  words: string
}

export const blank = (): Typed => ({ outcome: '', reason: '', documents: [], units: [], to: '', days: '', until: '', words: '' })

/** What belongs to one task may stand in a case several times. */
const OF_TASK = ['claim', 'step']

/** What tells an action from others of the same case. */
export const nameOf = (offer: Pick<Offer, 'action' | 'task'>): string =>
  offer.task && OF_TASK.includes(offer.action) ? `${offer.action}.${offer.task}` : offer.action

export const askedOf = (offer: Pick<Offer, 'asks'>): readonly Ask[] => ASKS.filter((one) => offer.asks.includes(one))

/** Who is told no, or yes on conditions, is told why. */
const REASONED = ['refuse', 'disagree', 'agree_if']

/** Whether something that is asked has to be given. */
export const isNeeded = (offer: Offer, one: Ask, typed: Typed): boolean =>
  offer.needs.includes(one) || (one === 'words' && REASONED.includes(typed.outcome))

const isEmpty = (value: string | number | readonly string[]): boolean =>
  typeof value === 'string' ? value.trim() === '' : Array.isArray(value) && value.length === 0

/** Names of what has to be given and is not. Whether the rest is right, the service judges. */
export const missing = (offer: Offer, typed: Typed): readonly Ask[] =>
  askedOf(offer).filter((one) => isNeeded(offer, one, typed) && isEmpty(typed[one]))

/** What is sent: exactly what was asked, as far as it was given. */
export function givenOf(offer: Offer, typed: Typed, seen: number): ActionGiven {
  const entries = askedOf(offer)
    .filter((one) => !isEmpty(typed[one]))
    .map((one): [Ask, unknown] => {
      const value = typed[one]
      return [one, typeof value === 'string' ? value.trim() : value]
    })
  return {
    seen,
    action: offer.action,
    ...(offer.task ? { task: offer.task } : {}),
    ...(Object.fromEntries(entries) as Partial<ActionGiven>),
  }
}

/** Whether it is done with one press. */
export const isBare = (offer: Pick<Offer, 'asks'>): boolean => askedOf(offer).length === 0

/** Events that were not there when the reader began: what the others did meanwhile. */
export function meanwhile<T extends { readonly at: string; readonly what: string }>(before: readonly T[], now: readonly T[]): readonly T[] {
  const known = new Set(before.map((one) => `${one.at} ${one.what}`))
  return now.filter((one) => !known.has(`${one.at} ${one.what}`))
}
