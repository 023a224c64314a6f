// Why somebody looks at a case: asked once, kept as long as the browser's page lives.
import { shallowReactive } from 'vue'

import { HALL_WORDS } from '@/words/hall'

/** What the applicant reads of a clerk who handles the case; their language, not the clerk's. */
export const HANDLING = HALL_WORDS['hall_desk.reason_handling'].zh

const KEY = 'onecity.hall.reasons'

function kept(): readonly (readonly [string, string])[] {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]')
    return Array.isArray(found) ? (found as [string, string][]) : []
  } catch {
    return []
  }
}

const reasons = shallowReactive(new Map(kept()))

// Two people at one machine do not share a reason.
const keyOf = (who: string, id: string): string => `${who} ${id}`

export const reasonOf = (who: string, id: string): string => reasons.get(keyOf(who, id)) ?? ''

export function giveReason(who: string, id: string, reason: string): void {
  reasons.set(keyOf(who, id), reason)
  try {
    sessionStorage.setItem(KEY, JSON.stringify([...reasons].slice(-200)))
  } catch {
    // A browser that keeps nothing asks again after the page is loaded anew.
  }
}
