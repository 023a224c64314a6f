// A change on the map: blue is better, red is worse, white is no change worth showing. Pure.
import type { Indicator } from '@/api/types'
import { classify, type Value } from '@/themes/classing'
import { RAMPS, take } from '@/themes/ramps'
import type { AreaTheme } from '@/themes/theme'
import type { Words } from '@/words'

const STEPS = [1, 2, 5, 10] as const

/** The round number (1, 2 or 5 times a power of ten) next below. */
export function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9)
  const lead = value / power + 1e-9
  return (STEPS.filter((step) => step <= lead).at(-1) ?? 1) * power
}

/**
 * Limits that mirror about zero with a class of no change in the middle: below the threshold of
 * what counts. The outer limits are round numbers near the middle and the far end of what changes.
 */
export function changeLimits(values: readonly Value[], threshold: number): number[] {
  const sizes = values
    .filter((value): value is number => value !== null && Number.isFinite(value))
    .map(Math.abs)
    .filter((size) => size > threshold / 100)
    .sort((a, b) => a - b)
  const at = (share: number): number => sizes[Math.min(sizes.length - 1, Math.floor(share * sizes.length))] ?? 0
  if (sizes.length === 0) return []
  // Small changes everywhere: the classes go down to them rather than show nothing.
  const least = at(0.95) > threshold ? threshold : roundDown(at(0.5))
  const top = roundDown(at(0.95))
  const steps = [least]
  for (const step of [roundDown(top / 1.9), top]) if (step > (steps.at(-1) ?? 0)) steps.push(step)
  return [...steps.map((step) => -step).reverse(), ...steps]
}

const RAMP = RAMPS.find((ramp) => ramp.key === 'blue_red')?.colours ?? []
const NONE = '#d5d9dc'

/** From better to worse in the order of values. */
export function changeColours(count: number, better: Indicator['better']): string[] {
  const colours = count === 1 ? [RAMP[3] ?? '#f7f7f7'] : take(RAMP, count)
  return better === 'higher' ? colours.reverse() : colours
}

export function changeTheme(
  indicator: Indicator,
  title: Words,
  zones: readonly Value[],
  threshold: number,
): AreaTheme {
  const limits = changeLimits(zones, threshold)
  return {
    kind: 'area',
    level: 'zone',
    key: `change.${indicator.key}`,
    title,
    indicator,
    values: zones,
    low: null,
    high: null,
    classing: classify(zones, limits),
    colours: changeColours(limits.length + 1, indicator.better),
    missing: NONE,
  }
}

/** Whether a change is for the better; null: it is neither, or nothing. */
export function isGood(change: number | null, better: Indicator['better']): boolean | null {
  if (change === null || change === 0 || better === 'neither') return null
  return change > 0 === (better === 'higher')
}
