// A region's figures as what a panel lists. Pure.
import type { Indicator } from '@/api/types'
import type { FigureTable } from '@/api/topics'

export interface Fact {
  readonly indicator: Indicator
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
}

export const byKey = (several: readonly Indicator[]): ReadonlyMap<string, Indicator> =>
  new Map(several.map((one) => [one.key, one]))

/** The figures of the one row that a region has. */
export function factsOf(tables: readonly FigureTable[], indicators: ReadonlyMap<string, Indicator>): Fact[] {
  const table = tables.find((one) => one.level === 'region')
  return (table?.columns ?? []).flatMap(({ key, values, low, high }) => {
    const indicator = indicators.get(key)
    return indicator
      ? [{ indicator, value: values[0] ?? null, low: low?.[0] ?? null, high: high?.[0] ?? null }]
      : []
  })
}

/** Those of smaller units. */
export const unitTables = (tables: readonly FigureTable[]): FigureTable[] =>
  tables.filter((one) => one.level !== 'region' && one.codes.length > 0)
