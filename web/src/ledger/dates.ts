// Days as texts "2026-11-23", without zones: what the ledger means by a date. Pure.

const DAY = 86_400_000

/** Days since 1970 of a day's text. */
export const dayNumber = (day: string): number => Math.floor(Date.parse(`${day.slice(0, 10)}T00:00:00Z`) / DAY)

export const dayOf = (number: number): string => new Date(number * DAY).toISOString().slice(0, 10)

export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(dayNumber(text)) && dayOf(dayNumber(text)) === text

export const plusDays = (day: string, days: number): string => dayOf(dayNumber(day) + days)

/** 0 is Monday. */
export const weekday = (day: string): number => (((dayNumber(day) + 3) % 7) + 7) % 7

/** First day of the month, `months` later. */
export function monthOf(day: string, months = 0): string {
  const [year = 1970, month = 1] = day.split('-').map(Number)
  const count = year * 12 + month - 1 + months
  return `${String(Math.floor(count / 12)).padStart(4, '0')}-${String((((count % 12) + 12) % 12) + 1).padStart(2, '0')}-01`
}

export const lastOfMonth = (day: string): string => plusDays(monthOf(day, 1), -1)

/** The weeks that a month's page shows, each of seven days from Monday on. */
export function weeksOf(day: string): readonly (readonly string[])[] {
  const first = monthOf(day)
  const start = plusDays(first, -weekday(first))
  const last = lastOfMonth(day)
  const weeks: string[][] = []
  for (let at = start; at <= last; at = plusDays(at, 7)) {
    weeks.push(Array.from({ length: 7 }, (_, more) => plusDays(at, more)))
  }
  return weeks
}

export type Period = 'week' | 'month' | 'quarter' | 'half' | 'year'
export const PERIODS: readonly Period[] = ['week', 'month', 'quarter', 'half', 'year']

/** First and last day of the period that holds a day, `back` periods before it. */
export function periodOf(day: string, period: Period, back = 0): { first: string; last: string } {
  if (period === 'week') {
    const first = plusDays(day, -weekday(day) - 7 * back)
    return { first, last: plusDays(first, 6) }
  }
  const months = { month: 1, quarter: 3, half: 6, year: 12 }[period]
  const month = Number(day.slice(5, 7)) - 1
  const first = monthOf(day, -(month % months) - months * back)
  return { first, last: plusDays(monthOf(first, months), -1) }
}

/** A moment in China, to the minute. */
export function moment(at: string): string {
  const when = new Date(at)
  if (Number.isNaN(when.getTime())) return at
  return new Date(when.getTime() + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ')
}
