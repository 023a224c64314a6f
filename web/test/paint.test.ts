import { createExpression } from '@maplibre/maplibre-gl-style-spec'
import { describe, expect, it } from 'vitest'

import type { Indicator } from '@/api/types'
import { areaColour, borderColour, packed, roadColour } from '@/map/paint'
import { classify } from '@/themes/classing'
import { themeOf, type AreaTheme, type BorderTheme, type RoadTheme } from '@/themes/theme'

const INDICATOR: Indicator = {
  key: 'x',
  title: { zh: '某', en: 'some' },
  about: { zh: '', en: '' },
  unit: { key: 'minutes', zh: '分钟', en: 'min' },
  decimals: 0,
  better: 'lower',
  nature: { key: 'modelled', zh: '模型推算', en: 'modelled' },
  grade: 'B',
  sources: [],
  remarks: [],
}
const COLOURS = ['#000001', '#000002', '#000003']
const MISSING = '#0000ff'

function areaTheme(values: (number | null)[]): AreaTheme {
  const classing = classify(values, [10, 20])
  return {
    kind: 'area',
    level: 'zone',
    key: 'x@zone',
    indicator: INDICATOR,
    classing,
    colours: COLOURS,
    missing: MISSING,
    values,
    low: null,
    high: null,
  }
}

/** What MapLibre itself makes of an expression for a feature. */
function evaluate(expression: unknown, id: number | undefined, properties: Record<string, string> = {}): string {
  const made = createExpression(expression, 'fill-color', { type: 'color' } as never)
  if (made.result === 'error') throw new Error(made.value.map((one) => one.message).join('; '))
  const feature = { type: 'Polygon', id, properties } as never
  const colour = made.value.evaluate({ zoom: 8 } as never, feature) as { r: number; g: number; b: number }
  return `#${[colour.r, colour.g, colour.b]
    .map((one) =>
      Math.round(one * 255)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`
}

describe('areas take the colour of their class by row', () => {
  // More than two words, the last one not full.
  const values = Array.from({ length: 150 }, (_, row) => (row % 7 === 0 ? null : (row * 37) % 30))
  const theme = areaTheme(values)
  const expression = areaColour(theme)

  it('for every row', () => {
    values.forEach((value, row) => {
      const expected = value === null ? MISSING : value <= 10 ? COLOURS[0] : value <= 20 ? COLOURS[1] : COLOURS[2]
      expect(evaluate(expression, row)).toBe(expected)
    })
  })

  it('none is left out when there is nothing', () => {
    expect(areaColour(areaTheme([]))).toBe(MISSING)
  })

  it('in words whose letters are the classes', () => {
    expect(packed(Uint8Array.from([0, 1, 2, 10]))).toEqual(['012a'])
    expect(packed(new Uint8Array(129)).map((word) => word.length)).toEqual([64, 64, 1])
  })
})

describe('borders take their colour by the codes of their cities', () => {
  const lines = [
    { a: '1', b: '2', value: 5 },
    { a: '1', b: '3', value: 25 },
    { a: '2', b: '3', value: null },
  ].map((line) => ({ ...line, faint: false, verdict: null, interval: null, variants: null, p: null }))
  const theme: BorderTheme = {
    kind: 'border',
    level: 'border',
    key: 'x@border',
    indicator: INDICATOR,
    classing: classify(
      lines.map((line) => line.value),
      [10, 20],
    ),
    colours: COLOURS,
    missing: MISSING,
    lines,
  }
  const expression = borderColour(theme)

  it.each([
    ['1', '2', COLOURS[0]],
    ['1', '3', COLOURS[2]],
    ['2', '3', MISSING],
    ['7', '8', MISSING],
  ])('%s-%s', (a, b, expected) => {
    expect(evaluate(expression, undefined, { a, b })).toBe(expected)
  })

  it('and the missing one where there are no lines', () => {
    expect(borderColour({ ...theme, lines: [] })).toBe(MISSING)
  })
})

describe('roads take the colour of their class by row', () => {
  const layer = {
    key: 'topic:x@road',
    strand: 'transport',
    strand_name: { zh: '交通', en: 'transport' },
    level: 'road' as const,
    indicator: INDICATOR,
    scale: { limits: [10, 20], colours: COLOURS },
    missing: MISSING,
    years: [],
  }
  const roads = (edges: number[], values: (number | null)[]): RoadTheme => {
    const scale = { limits: [10, 20], colours: COLOURS }
    return themeOf(layer, { key: layer.key, level: 'road', state: null, edges, values }, scale) as RoadTheme
  }
  const alpha = (expression: unknown, id: number): number => {
    const made = createExpression(expression, 'line-color', { type: 'color' } as never)
    if (made.result === 'error') throw new Error(made.value.map((one) => one.message).join('; '))
    return (made.value.evaluate({ zoom: 8 } as never, { type: 'LineString', id, properties: {} } as never) as { a: number }).a
  }
  // Not in order, beyond one word, one without a figure.
  const theme = roads([200, 3, 70, 9], [5, 15, 25, null])
  const expression = roadColour(theme)

  it('for the edges of the theme', () => {
    expect([200, 3, 70, 9].map((edge) => evaluate(expression, edge))).toEqual([...COLOURS.slice(0, 3), MISSING])
  })

  it('and are not seen where the theme does not know them', () => {
    expect([0, 64, 199, 201, 100_000].map((edge) => alpha(expression, edge))).toEqual([0, 0, 0, 0, 0])
    expect(alpha(expression, 3)).toBe(1)
  })

  it('may be none', () => {
    expect(roadColour(roads([], []))).toBe('rgba(0,0,0,0)')
  })

  it('are found by their row', () => {
    expect(theme.at.get(70)).toBe(2)
    expect(theme.classing.counts).toEqual([1, 1, 1, 1])
  })
})
