// The legend in words and numbers: shared by the panel, the printed sheet and the saved picture.
// Pure: `sources` are those of the region (`state/region`).
import type { Source } from '@/api/types'
import { change, number, NO_FIGURE } from '@/format/numbers'
import { say, text } from '@/words'

import type { Theme } from './theme'

export interface LegendClass {
  readonly colour: string
  readonly range: string
  /** Units in this class. */
  readonly count: number
}

export interface Legend {
  readonly title: string
  readonly unit: string
  readonly classes: readonly LegendClass[]
  /** Units without a figure; null when there are none. */
  readonly missing: LegendClass | null
  readonly nature: string
  readonly grade: string
  readonly sources: readonly string[]
}

/** Places after the point: none that say nothing, and enough to keep neighbouring limits apart. */
export function placesFor(limits: readonly number[], decimals: number): number {
  for (let places = 0; places < decimals; places += 1) {
    if (limits.every((limit) => Math.abs(limit - Number(limit.toFixed(places))) < 1e-9)) return places
  }
  for (let places = decimals; places < decimals + 3; places += 1) {
    const written = limits.map((limit) => limit.toFixed(places))
    if (new Set(written).size === written.length) return places
  }
  return decimals + 3
}

function rangesOf(theme: Theme): string[] {
  const { limits, range } = theme.classing
  const places = placesFor(limits.length > 0 ? limits : (range ?? []).slice(0, 1), theme.indicator.decimals)
  // Where values lie on both sides of zero, signs say which.
  const write = limits.some((limit) => limit < 0) ? change : number
  if (limits.length === 0) return [range ? write(range[0], places) : NO_FIGURE]
  const written = limits.map((limit) => write(limit, places))
  return [...written, ''].map((upper, at) => {
    const lower = written[at - 1]
    if (lower === undefined) return say('map.class_first', { upper })
    if (upper === '') return say('map.class_last', { lower })
    return say('map.class_between', { lower, upper })
  })
}

export function sourceTitles(keys: readonly string[], sources: readonly Source[]): string[] {
  return keys.map((key) => {
    const source = sources.find((one) => one.key === key)
    return source ? text(source.title) : key
  })
}

export function legendOf(theme: Theme, sources: readonly Source[]): Legend {
  const ranges = rangesOf(theme)
  const { counts } = theme.classing
  const missing = counts[0] ?? 0
  return {
    title: text(theme.title ?? theme.indicator.title),
    unit: text(theme.indicator.unit),
    classes: theme.colours.map((colour, at) => ({
      colour,
      range: ranges[at] ?? '',
      count: counts[at + 1] ?? 0,
    })),
    missing: missing > 0 ? { colour: theme.missing, range: say('map.missing'), count: missing } : null,
    nature: text(theme.indicator.nature),
    grade: theme.indicator.grade,
    sources: sourceTitles(theme.indicator.sources, sources),
  }
}
