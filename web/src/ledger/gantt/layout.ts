// Where bars, steps, links and days stand on a Gantt chart. Pure: days in, pixels out.
import type { GanttRow } from '@/api/types_ledger'

import { dayNumber, dayOf, lastOfMonth, monthOf, plusDays, weekday } from '../dates'

export const ROW = 28
export const BAR = 14
export const ZOOMS = { day: 22, week: 8, month: 2.6, quarter: 1 } as const
export type Zoom = keyof typeof ZOOMS
export const ZOOM_NAMES = Object.keys(ZOOMS) as Zoom[]

export interface Span {
  readonly first: string
  readonly last: string
}

/** The days that a chart covers: of all rows, steps and today, with a margin; null if there are none. */
export function spanOf(rows: readonly GanttRow[], today: string, margin = 7): Span | null {
  const days = rows.flatMap((row) => [row.start, row.due, ...row.milestones.map((one) => one.due)]).filter((one) => one !== null)
  if (days.length === 0) return null
  const all = today ? [...days, today] : days
  const first = all.reduce((one, other) => (one < other ? one : other))
  const last = all.reduce((one, other) => (one > other ? one : other))
  return { first: plusDays(first, -margin), last: plusDays(last, margin) }
}

export interface Scale {
  readonly span: Span
  readonly perDay: number
  readonly width: number
}

export function scaleOf(span: Span, zoom: Zoom): Scale {
  const perDay = ZOOMS[zoom]
  return { span, perDay, width: (dayNumber(span.last) - dayNumber(span.first) + 1) * perDay }
}

/** Left edge of a day. */
export const atDay = (scale: Scale, day: string): number =>
  (dayNumber(day) - dayNumber(scale.span.first)) * scale.perDay

export interface Bar {
  readonly row: GanttRow
  readonly top: number
  /** Null where the item has no day at all. */
  readonly left: number | null
  readonly width: number
  readonly done: number
  /** Only the due day is known: drawn as a mark, not as a bar. */
  readonly point: boolean
  readonly steps: readonly { readonly x: number; readonly name: string; readonly due: string; readonly done: boolean }[]
}

export function barOf(row: GanttRow, at: number, scale: Scale): Bar {
  const from = row.start ?? row.due
  const to = row.due ?? row.start
  const left = from === null ? null : atDay(scale, from)
  const width = from === null || to === null ? 0 : Math.max(scale.perDay, atDay(scale, to) - atDay(scale, from) + scale.perDay)
  return {
    row,
    top: at * ROW,
    left,
    width,
    done: (width * Math.min(100, Math.max(0, row.progress))) / 100,
    point: row.start === null || row.due === null,
    steps: row.milestones.map((one) => ({
      x: atDay(scale, one.due) + scale.perDay / 2,
      name: one.name,
      due: one.due,
      done: one.done_on !== null,
    })),
  }
}

export interface Link {
  readonly key: string
  readonly path: string
  readonly critical: boolean
}

/** Lines from the end of what has to be done before to the beginning of what waits for it. */
export function linksOf(bars: readonly Bar[]): readonly Link[] {
  const byId = new Map(bars.map((bar) => [bar.row.id, bar]))
  return bars.flatMap((bar) =>
    bar.row.depends_on.flatMap(({ item }) => {
      const before = byId.get(item)
      if (!before || before.left === null || bar.left === null) return []
      const [x1, y1] = [before.left + before.width, before.top + ROW / 2]
      const [x2, y2] = [bar.left, bar.top + ROW / 2]
      const out = x1 + 6
      // Where the follower begins before its predecessor ends the line goes round between the rows.
      const middle = y1 + (y2 > y1 ? ROW / 2 : -ROW / 2)
      const path =
        x2 - 6 >= out
          ? `M${x1} ${y1}H${out}V${y2}H${x2}`
          : `M${x1} ${y1}H${out}V${middle}H${x2 - 6}V${y2}H${x2}`
      return [{ key: `${item}>${bar.row.id}`, path, critical: bar.row.critical && before.row.critical }]
    }),
  )
}

/** Which rows are to be drawn when only a part is in sight. */
export function rowsInSight(count: number, top: number, height: number, spare = 12): readonly [number, number] {
  const first = Math.max(0, Math.floor(top / ROW) - spare)
  return [first, Math.min(count, Math.ceil((top + height) / ROW) + spare)]
}

export interface Tick {
  readonly x: number
  readonly width: number
  readonly day: string
}

/** Months over the chart; the first and last may be parts of one. */
export function monthsOf(scale: Scale): readonly Tick[] {
  const ticks: Tick[] = []
  const { first, last } = scale.span
  for (let month = monthOf(first); month <= last; month = monthOf(month, 1)) {
    const from = month < first ? first : month
    const end = lastOfMonth(month)
    const to = end > last ? last : end
    ticks.push({ x: atDay(scale, from), width: atDay(scale, to) - atDay(scale, from) + scale.perDay, day: month })
  }
  return ticks
}

/** Below the months: days, or Mondays, where there is room for them. */
export function ticksOf(scale: Scale): readonly Tick[] {
  if (scale.perDay < 5) return []
  const step = scale.perDay >= 20 ? 1 : 7
  const ticks: Tick[] = []
  const start = step === 1 ? scale.span.first : plusDays(scale.span.first, (7 - weekday(scale.span.first)) % 7)
  for (let day = start; day <= scale.span.last; day = plusDays(day, step)) {
    ticks.push({ x: atDay(scale, day), width: step * scale.perDay, day })
  }
  return ticks
}

/** Runs of days that are not worked, as the chart shades them; too thin to see at a far zoom. */
export function shadesOf(scale: Scale, holidays: readonly string[]): readonly Tick[] {
  if (scale.perDay < 2) return []
  const days = [...new Set(holidays)].filter((day) => day >= scale.span.first && day <= scale.span.last).map(dayNumber).sort((one, other) => one - other)
  const runs: Tick[] = []
  let from: number | null = null
  days.forEach((day, at) => {
    from ??= day
    if (days[at + 1] === day + 1) return
    const first = dayOf(from)
    runs.push({ x: atDay(scale, first), width: (day - from + 1) * scale.perDay, day: first })
    from = null
  })
  return runs
}
