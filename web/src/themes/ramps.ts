// Colour ramps that people with colour-blind eyes can order too: light to dark, or two hues
// around a pale middle. After ColorBrewer (Cynthia Brewer, Apache-2.0), Viridis and Cividis.

export type RampKey =
  | 'teal'
  | 'amber'
  | 'violet'
  | 'viridis'
  | 'cividis'
  | 'grey'
  | 'blue_red'
  | 'teal_brown'
  | 'violet_orange'

export interface Ramp {
  readonly key: RampKey
  readonly kind: 'sequential' | 'diverging'
  readonly colours: readonly string[]
}

export const RAMPS: readonly Ramp[] = [
  { key: 'teal', kind: 'sequential', colours: ['#f3f7e4', '#c2e3c6', '#7fc6bf', '#3f9fb1', '#25708f', '#1c3f63'] },
  { key: 'amber', kind: 'sequential', colours: ['#fff6d8', '#fedd94', '#fbb04f', '#ea7b2b', '#b8471c', '#6f2313'] },
  { key: 'violet', kind: 'sequential', colours: ['#f7f3fa', '#d9cfe8', '#b3a2d2', '#8b72b8', '#663f99', '#3c1a66'] },
  { key: 'viridis', kind: 'sequential', colours: ['#fde725', '#7ad151', '#22a884', '#2a788e', '#414487', '#440154'] },
  { key: 'cividis', kind: 'sequential', colours: ['#fee838', '#caba6a', '#9b9476', '#6c6d72', '#3c4d6e', '#00224e'] },
  { key: 'grey', kind: 'sequential', colours: ['#f4f4f4', '#cfcfcf', '#a3a3a3', '#757575', '#494949', '#1e1e1e'] },
  { key: 'blue_red', kind: 'diverging', colours: ['#2166ac', '#67a9cf', '#d1e5f0', '#f7f7f7', '#fddbc7', '#ef8a62', '#b2182b'] },
  { key: 'teal_brown', kind: 'diverging', colours: ['#01665e', '#5ab4ac', '#c7eae5', '#f5f5f5', '#f6e8c3', '#d8b365', '#8c510a'] },
  { key: 'violet_orange', kind: 'diverging', colours: ['#542788', '#998ec3', '#d8daeb', '#f7f7f7', '#fee0b6', '#f1a340', '#b35806'] },
]

type Triple = readonly [number, number, number]

function channels(hex: string): Triple {
  // `#abc` is short for `#aabbcc`.
  const full = hex.length === 4 ? hex.replace(/[\da-f]/gi, '$&$&') : hex
  return [parseInt(full.slice(1, 3), 16), parseInt(full.slice(3, 5), 16), parseInt(full.slice(5, 7), 16)]
}

/** Mix two colours; `share` 0 is the first, 1 the second. */
export function mix(one: string, two: string, share: number): string {
  const a = channels(one)
  const b = channels(two)
  const hex = a.map((from, at) => Math.round(from + ((b[at] ?? from) - from) * share))
  return `#${hex.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

/** Take `count` colours evenly from a ramp. */
export function take(colours: readonly string[], count: number): string[] {
  const last = colours.length - 1
  return Array.from({ length: count }, (_, at) => {
    const where = count === 1 ? last / 2 : (at * last) / (count - 1)
    const from = Math.min(last, Math.floor(where))
    return mix(colours[from] ?? '#808080', colours[Math.min(last, from + 1)] ?? '#808080', where - from)
  })
}

export const rampByKey = (key: string | null): Ramp | null => RAMPS.find((ramp) => ramp.key === key) ?? null

/** Whether text on this colour should be light. */
export function isDark(hex: string): boolean {
  const [red, green, blue] = channels(hex)
  return 0.299 * red + 0.587 * green + 0.114 * blue < 140
}
