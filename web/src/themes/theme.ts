// A theme is what the map paints and the legend explains: one figure on the units of one level,
// put into classes and colours. Layers become themes; tools may make their own (see `guest`).
import type { AreaLevel, BorderLine, Indicator, Layer, LayerValues, Scale } from '@/api/types'
import type { Scheme } from '@/state/address'
import type { Words } from '@/words'

import { classify, equalLimits, quantileLimits, sortedValues, type Classing, type Value } from './classing'
import { rampByKey, take } from './ramps'

interface Shown {
  readonly key: string
  /** Replaces the indicator's title in the legend. */
  readonly title?: Words
  readonly indicator: Indicator
  readonly classing: Classing
  /** One for each class. */
  readonly colours: readonly string[]
  readonly missing: string
}

export interface AreaTheme extends Shown {
  readonly kind: 'area'
  readonly level: AreaLevel
  /** By row of the level's table. */
  readonly values: readonly Value[]
  readonly low: readonly Value[] | null
  readonly high: readonly Value[] | null
}

export interface BorderTheme extends Shown {
  readonly kind: 'border'
  readonly level: 'border'
  /** `classing` counts rows in this order. */
  readonly lines: readonly BorderLine[]
}

export interface RoadTheme extends Shown {
  readonly kind: 'road'
  readonly level: 'road'
  /** Rows of road edges, which tiles know them by; `classing` counts in this order. */
  readonly edges: readonly number[]
  readonly values: readonly Value[]
  /** Where an edge stands among these. */
  readonly at: ReadonlyMap<number, number>
}

export type Theme = AreaTheme | BorderTheme | RoadTheme

export interface Classes {
  readonly scheme: Scheme
  readonly count: number
  readonly ramp: string | null
}

/** Limits and colours for values; unless a ramp is chosen, the strand's own colours. */
export function scaleFor(values: readonly Value[], fixed: Scale, classes: Classes): Scale {
  const ramp = rampByKey(classes.ramp)?.colours ?? fixed.colours
  if (classes.scheme === 'fixed') {
    return { limits: fixed.limits, colours: take(ramp, fixed.limits.length + 1) }
  }
  const sorted = sortedValues(values)
  const make = classes.scheme === 'quantile' ? quantileLimits : equalLimits
  const limits = make(sorted, classes.count)
  return { limits, colours: take(ramp, limits.length + 1) }
}

/** The figures of an answer, in the order that classes count them. */
export const figuresOf = (given: LayerValues): readonly Value[] =>
  given.level === 'border' ? given.lines.map((line) => line.value) : given.values

/** Make the theme of a layer. `scale` may come from another state, so that both compare. */
export function themeOf(layer: Layer, given: LayerValues, scale: Scale): Theme {
  const shown = {
    key: layer.key,
    indicator: layer.indicator,
    classing: classify(figuresOf(given), scale.limits),
    colours: scale.colours,
    missing: layer.missing,
  }
  if (given.level === 'border') return { ...shown, kind: 'border', level: 'border', lines: given.lines }
  if (given.level === 'road') {
    const at = new Map(given.edges.map((edge, place) => [edge, place]))
    return { ...shown, kind: 'road', level: 'road', edges: given.edges, values: given.values, at }
  }
  return {
    ...shown,
    kind: 'area',
    level: given.level,
    values: given.values,
    low: given.low,
    high: given.high,
  }
}
