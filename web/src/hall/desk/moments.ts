// By when something is due, as a reader says it. A limit of days ends with a day, one of hours with a moment.
import { number } from '@/format/numbers'
import { moment } from '@/ledger/dates'

import { say } from '../words'

export const dueText = (due: string | null): string => (due === null ? '' : due.length > 10 ? moment(due) : due)

const days = (value: number): string => number(value, Number.isInteger(value) ? 0 : 1)

/** "3 working days left", "5 working days late". */
export function leftText(left: number | null): string {
  if (left === null) return ''
  if (left === 0) return say('hall_desk.due_today')
  const one = Math.abs(left) === 1
  if (left > 0) return one ? say('hall_desk.left_one') : say('hall_desk.left', { count: days(left) })
  return one ? say('hall_desk.late_by_one') : say('hall_desk.late_by', { count: days(-left) })
}
