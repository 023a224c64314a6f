// A theme becomes paint. Classes are found by row number inside the expression, which MapLibre's
// workers evaluate: unlike a feature state for each of 80,000 zones, this never holds up the page
// and needs nothing more when further tiles come in. But every tile brings its copy of the
// expression, which the page parses again. So the classes are packed: a letter for each row, in
// words short enough that taking a letter out is quick.
import type { ExpressionSpecification, Map as MapLibre } from 'maplibre-gl'

import type { AreaLevel } from '@/api/types'
import type { AreaTheme, BorderTheme, RoadTheme, Theme } from '@/themes/theme'

export const AREA_LEVELS: readonly AreaLevel[] = ['zone', 'county', 'city']

const WORD = 64

const letter = (klass: number): string => klass.toString(36)

/** Classes by row as words of `WORD` letters. */
export function packed(classOf: Uint8Array): string[] {
  const words: string[] = []
  for (let start = 0; start < classOf.length; start += WORD) {
    words.push(Array.from(classOf.subarray(start, start + WORD), letter).join(''))
  }
  return words
}

const NOT_THERE = 'rgba(0,0,0,0)'
const NONE = 'z'

/** Colour by row number of an edge: that of its class; edges that the theme does not know have none. */
export function roadColour(theme: RoadTheme): ExpressionSpecification | string {
  const last = theme.edges.reduce((most, edge) => Math.max(most, edge), -1)
  if (last < 0) return NOT_THERE
  const classes: string[] = new Array<string>(last + 1).fill(NONE)
  theme.edges.forEach((edge, at) => {
    classes[edge] = letter(theme.classing.classOf[at] ?? 0)
  })
  const words: string[] = []
  for (let start = 0; start <= last; start += WORD) words.push(classes.slice(start, start + WORD).join(''))
  const within = ['%', ['id'], WORD]
  const word = ['at', ['floor', ['/', ['id'], WORD]], ['literal', words]]
  const cases = theme.colours.flatMap((colour, at) => [letter(at + 1), colour])
  const known = ['match', ['slice', word, within, ['+', within, 1]], letter(0), theme.missing, ...cases, NOT_THERE]
  // What was drawn after the last edge that the theme knows is beyond all words.
  return ['case', ['<=', ['coalesce', ['id'], last + 1], last], known, NOT_THERE] as unknown as ExpressionSpecification
}

/** Colour by row number: that of the row's class. */
export function areaColour(theme: AreaTheme): ExpressionSpecification | string {
  const words = packed(theme.classing.classOf)
  if (words.length === 0) return theme.missing
  const within = ['%', ['id'], WORD]
  const word = ['at', ['floor', ['/', ['id'], WORD]], ['literal', words]]
  const cases = theme.colours.flatMap((colour, at) => [letter(at + 1), colour])
  return [
    'match',
    ['slice', word, within, ['+', within, 1]],
    ...cases,
    theme.missing,
  ] as unknown as ExpressionSpecification
}

const pair: ExpressionSpecification = ['concat', ['get', 'a'], '-', ['get', 'b']]

/** Colour by the codes of the two cities. */
export function borderColour(theme: BorderTheme): ExpressionSpecification | string {
  const palette = [theme.missing, ...theme.colours]
  const cases = theme.lines.flatMap((line, at) => [
    `${line.a}-${line.b}`,
    palette[theme.classing.classOf[at] ?? 0] ?? theme.missing,
  ])
  if (cases.length === 0) return theme.missing
  return ['match', pair, ...cases, theme.missing] as unknown as ExpressionSpecification
}

function paintBorders(map: MapLibre, theme: BorderTheme, opacity: number): void {
  const colour = borderColour(theme)
  for (const [layer, faint] of [
    ['borders', false],
    ['borders-faint', true],
  ] as const) {
    const codes = theme.lines.filter((line) => line.faint === faint).map((line) => `${line.a}-${line.b}`)
    // Lines that the theme does not know, as the outer one, are left to the base map.
    map.setFilter(layer, ['in', pair, ['literal', codes]], { validate: false })
    map.setPaintProperty(layer, 'line-color', colour, { validate: false })
    map.setPaintProperty(layer, 'line-opacity', opacity)
  }
}

const painted = new WeakMap<MapLibre, Theme | null>()

/** Paint a theme, or none, onto a map whose style is loaded. */
export function paint(map: MapLibre, theme: Theme | null, opacity: number): void {
  const fresh = painted.get(map) !== theme
  const show = (layer: string, on: boolean): void => {
    map.setLayoutProperty(layer, 'visibility', on ? 'visible' : 'none')
  }
  if (fresh) {
    for (const level of AREA_LEVELS) show(`area-${level}`, theme?.kind === 'area' && theme.level === level)
    show('roads-theme', theme?.kind === 'road')
    show('borders', theme?.kind === 'border')
    show('borders-faint', theme?.kind === 'border')
    // Dark lines below dashes would read as a pattern of two colours.
    map.setPaintProperty('city-lines', 'line-opacity', theme?.kind === 'border' ? 0.3 : 1)
  }
  if (theme?.kind === 'border' && fresh) paintBorders(map, theme, opacity)
  if (theme?.kind === 'border') {
    map.setPaintProperty('borders', 'line-opacity', opacity)
    map.setPaintProperty('borders-faint', 'line-opacity', opacity)
  }
  if (theme?.kind === 'area') {
    const layer = `area-${theme.level}`
    if (fresh) map.setPaintProperty(layer, 'fill-color', areaColour(theme), { validate: false })
    map.setPaintProperty(layer, 'fill-opacity', opacity)
  }
  if (theme?.kind === 'road') {
    if (fresh) map.setPaintProperty('roads-theme', 'line-color', roadColour(theme), { validate: false })
    map.setPaintProperty('roads-theme', 'line-opacity', opacity)
  }
  painted.set(map, theme)
}
