// What the board makes of its figures: order, charts, differences between cities. Pure.
import type { BoardItem, BoardUnit, ItemInCity, TrendDay } from '@/api/types_hall_desk'
import { DAYS_AXIS } from '@/format/days_axis'

/** Fewer cases than these tell nothing about a city. */
export const FEW = 5
/** A city that takes so many times as long as the quickest stands out. */
export const STANDS_OUT = 1.5

export type UnitColumn = 'open' | 'due_soon' | 'late' | 'done' | 'days_mean' | 'on_time'

/** Departments by a column, the largest first; those without a figure last. */
export function unitsBy(units: readonly BoardUnit[], column: UnitColumn, down: boolean): readonly BoardUnit[] {
  const sign = down ? -1 : 1
  return [...units].sort((one, other) => {
    const [mine, theirs] = [one[column], other[column]]
    if (mine === null || theirs === null) return Number(mine === null) - Number(theirs === null)
    return sign * (mine - theirs) || one.unit.code.localeCompare(other.unit.code)
  })
}

export interface Load {
  readonly open: number
  readonly due_soon: number
  readonly late: number
  readonly done: number
}

export const loadOf = (units: readonly BoardUnit[]): Load =>
  units.reduce<Load>(
    (sum, one) => ({
      open: sum.open + one.open,
      due_soon: sum.due_soon + one.due_soon,
      late: sum.late + one.late,
      done: sum.done + one.done,
    }),
    { open: 0, due_soon: 0, late: 0, done: 0 },
  )

export interface Difference {
  readonly item: BoardItem
  /** Cities with enough cases, the quickest first. */
  readonly ranked: readonly ItemInCity[]
  /** Cities with cases too few to compare. */
  readonly few: readonly ItemInCity[]
  /** How many times as long the slowest takes as the quickest; null where there are no two. */
  readonly times: number | null
}

/** Items by how far their cities lie apart, the farthest first; those that cannot be compared last. */
export function differences(items: readonly BoardItem[]): readonly Difference[] {
  return items
    .map((item) => {
      const counted = item.cities.filter((one) => one.cases >= FEW && one.days !== null)
      const ranked = [...counted].sort((one, other) => (one.days ?? 0) - (other.days ?? 0))
      const [first, last] = [ranked[0]?.days ?? null, ranked.at(-1)?.days ?? null]
      const times = ranked.length > 1 && first !== null && last !== null && first > 0 ? last / first : null
      return { item, ranked, few: item.cities.filter((one) => !counted.includes(one)), times }
    })
    .sort((one, other) => (other.times ?? 0) - (one.times ?? 0) || one.item.basic_code.localeCompare(other.item.basic_code))
}

/** Whether a city takes much longer for an item than the quickest one does. */
export const standsOut = (one: ItemInCity, of: Difference): boolean => {
  const best = of.ranked[0]?.days ?? null
  return best !== null && best > 0 && one.days !== null && of.ranked.includes(one) && one.days / best >= STANDS_OUT
}

export const COLOURS = { in: '#4a5a62', out: '#14606e', good: '#1a6b43', warn: '#9a4a08' } as const

const line = (name: string, colour: string, data: readonly (readonly [string, number])[], dashed: boolean): object => ({
  name,
  type: 'line',
  data,
  showSymbol: data.length < 3,
  lineStyle: { color: colour, width: 2, type: dashed ? 'dashed' : 'solid' },
  itemStyle: { color: colour },
})

/** Cases that came in and were done, day by day. */
export function trendChart(days: readonly TrendDay[], names: { readonly in: string; readonly out: string }) {
  return {
    animation: false,
    textStyle: { fontFamily: 'inherit' },
    grid: { left: 12, right: 24, top: 14, bottom: 10, containLabel: true },
    tooltip: { trigger: 'axis' },
    xAxis: { type: 'time', minInterval: 86_400_000, axisLabel: DAYS_AXIS },
    yAxis: { type: 'value', min: 0, minInterval: 1 },
    series: [
      line(names.in, COLOURS.in, days.map((one) => [one.day, one.in] as const), true),
      line(names.out, COLOURS.out, days.map((one) => [one.day, one.out] as const), false),
    ],
  }
}

/** Days that the cities take for one item, a bar for each; those that stand out in another colour. */
export function citiesChart(of: Difference, nameOf: (one: ItemInCity) => string, unit: string) {
  return {
    animation: false,
    textStyle: { fontFamily: 'inherit' },
    grid: { left: 8, right: 40, top: 4, bottom: 4, containLabel: true },
    tooltip: { trigger: 'item', valueFormatter: (value: unknown) => (typeof value === 'number' ? `${value.toFixed(1)} ${unit}` : '–') },
    xAxis: { type: 'value', min: 0, axisLabel: { show: false }, splitLine: { show: false } },
    yAxis: { type: 'category', inverse: true, data: of.ranked.map(nameOf), axisTick: { show: false } },
    series: [
      {
        type: 'bar',
        barMaxWidth: 16,
        label: { show: true, position: 'right', formatter: ({ value }: { value: unknown }) => (typeof value === 'number' ? value.toFixed(1) : '') },
        data: of.ranked.map((one) => ({ value: one.days, itemStyle: { color: standsOut(one, of) ? COLOURS.warn : COLOURS.out } })),
      },
    ],
  }
}
