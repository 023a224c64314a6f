// By when something is due, as a reader says it. A limit of days ends with a day, one of hours with a moment.
import type { LimitUnit } from '@/api/hall_desk'
import { number } from '@/format/numbers'
import { moment } from '@/ledger/dates'

import { say } from '../words'

export const dueText = (due: string | null): string => (due === null ? '' : due.length > 10 ? moment(due) : due)

const counted = (value: number): string => number(value, Number.isInteger(value) ? 0 : 1)

const WORDS = {
  working_day: { left: 'hall_desk.left', one: 'hall_desk.left_one', late: 'hall_desk.late_by', lateOne: 'hall_desk.late_by_one' },
  calendar_day: { left: 'hall_desk.left_day', one: 'hall_desk.left_day_one', late: 'hall_desk.late_by_day', lateOne: 'hall_desk.late_by_day_one' },
  hour: { left: 'hall_desk.left_hour', one: 'hall_desk.left_hour_one', late: 'hall_desk.late_by_hour', lateOne: 'hall_desk.late_by_hour_one' },
} as const

/** "3 working days left", "5 working hours late": in what the limit is counted. */
export function leftText(left: number | null, unit: LimitUnit): string {
  if (left === null) return ''
  if (left === 0 && unit !== 'hour') return say('hall_desk.due_today')
  const own = WORDS[unit]
  const count = counted(Math.abs(left))
  if (left >= 0) return count === '1' ? say(own.one) : say(own.left, { count })
  return count === '1' ? say(own.lateOne) : say(own.late, { count })
}
