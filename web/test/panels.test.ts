import { afterEach, describe, expect, it } from 'vitest'

import type { Indicator, Layer, Level } from '@/api/types'
import { bestLevel, groupLayers } from '@/panels/layer_rows'
import { borderRows, sortRows, unitRows, type TableRow } from '@/panels/table_rows'
import { classify } from '@/themes/classing'
import { legendOf, placesFor } from '@/themes/legend'
import { scaleFor, themeOf, type AreaTheme, type BorderTheme } from '@/themes/theme'
import { language } from '@/words'

const words = (zh: string, en = zh): { zh: string; en: string } => ({ zh, en })

const indicator = (key: string, decimals = 1): Indicator => ({
  key,
  title: words(`题${key}`, `title ${key}`),
  about: words(''),
  unit: { key: 'minutes', zh: '分钟', en: 'min' },
  decimals,
  better: 'lower',
  nature: { key: 'modelled', zh: '模型推算', en: 'modelled' },
  grade: 'C',
  sources: ['roads'],
  remarks: [],
})

const layer = (key: string, level: Level, strand = 'transport'): Layer => ({
  key: `${key}@${level}`,
  strand,
  strand_name: words(strand),
  level,
  indicator: indicator(key),
  scale: { limits: [10, 20], colours: ['#111111', '#222222', '#333333'] },
  missing: '#eeeeee',
  years: [],
})

afterEach(() => {
  language.value = 'zh'
})

describe('layers in the panel', () => {
  const layers = [
    layer('time', 'zone'),
    layer('share', 'county'),
    layer('time', 'county'),
    layer('border', 'border'),
    layer('people', 'city', 'residents'),
  ]
  const groups = groupLayers(layers)

  it('stand under their strand, one row a figure, in the order given', () => {
    expect(groups.map((group) => [group.name.zh, group.rows.map((row) => row.indicator.key)])).toEqual([
      ['transport', ['time', 'share', 'border']],
      ['residents', ['people']],
    ])
  })

  it('keep the level if they have it, else take the finest', () => {
    const [time, share] = groups[0]?.rows ?? []
    expect(time && bestLevel(time, 'county')?.key).toBe('time@county')
    expect(time && bestLevel(time, 'city')?.key).toBe('time@zone')
    expect(time && bestLevel(time, null)?.key).toBe('time@zone')
    expect(share && bestLevel(share, 'zone')?.key).toBe('share@county')
  })

  it('know lines from areas', () => {
    expect(groups[0]?.rows.map((row) => row.kind)).toEqual(['area', 'area', 'border'])
  })

  it('may be none', () => {
    expect(groupLayers([])).toEqual([])
  })
})

describe('a theme', () => {
  const given = {
    key: 'time@county',
    level: 'county' as const,
    state: null,
    values: [5, 15, null, 25, 35, 10],
    low: null,
    high: null,
  }

  it('takes the fixed scale of the strand', () => {
    const shown = layer('time', 'county')
    const scale = scaleFor(given.values, shown.scale, { scheme: 'fixed', count: 6, ramp: null })
    expect(scale).toEqual(shown.scale)
    expect(themeOf(shown, given, scale).classing.counts).toEqual([1, 2, 1, 2])
  })

  it('takes a chosen ramp, as many colours as classes', () => {
    const scale = scaleFor(given.values, layer('time', 'county').scale, { scheme: 'quantile', count: 5, ramp: 'viridis' })
    expect(scale.limits).toEqual([5, 10, 15, 25])
    expect(scale.colours).toHaveLength(5)
    expect(scale.colours[0]).toBe('#fde725')
  })

  it('keeps the colours of the strand where no ramp is chosen', () => {
    const scale = scaleFor(given.values, layer('time', 'county').scale, { scheme: 'equal', count: 3, ramp: null })
    expect(scale.limits).toEqual([15, 25])
    expect(scale.colours).toEqual(['#111111', '#222222', '#333333'])
  })

  it('has one class where all values are the same', () => {
    const scale = scaleFor([4, 4], layer('time', 'county').scale, { scheme: 'quantile', count: 5, ramp: null })
    expect(scale.limits).toEqual([])
    expect(scale.colours).toHaveLength(1)
  })
})

const SOURCES = [
  { key: 'roads', title: words('干线路网', 'Trunk roads'), date: '2020', licence: words('ODbL'), grade: 'B', url: null },
]

const areaTheme = (values: (number | null)[], limits: number[]): AreaTheme => ({
  kind: 'area',
  level: 'county',
  key: 'time@county',
  indicator: indicator('time'),
  classing: classify(values, limits),
  colours: limits.concat(0).map((_, at) => `#00000${at}`),
  missing: '#eeeeee',
  values,
  low: null,
  high: null,
})

describe('the legend', () => {
  it('says ranges, counts and what is missing', () => {
    const legend = legendOf(areaTheme([5, 15, null, 25], [10, 20]), SOURCES)
    expect(legend.classes.map((one) => [one.range, one.count])).toEqual([
      ['≤ 10', 1],
      ['10 ～ 20', 1],
      ['> 20', 1],
    ])
    expect(legend.missing?.count).toBe(1)
    expect([legend.title, legend.unit, legend.sources]).toEqual(['题time', '分钟', ['干线路网']])
    language.value = 'en'
    expect(legendOf(areaTheme([5], [10, 20]), []).classes[1]?.range).toBe('10 to 20')
  })

  it('has no row for missing values where there are none', () => {
    expect(legendOf(areaTheme([5], [10]), []).missing).toBeNull()
  })

  it('says the one value where there is one class', () => {
    expect(legendOf(areaTheme([4, 4], []), []).classes.map((one) => one.range)).toEqual(['4'])
    expect(legendOf(areaTheme([4.26], []), []).classes.map((one) => one.range)).toEqual(['4.3'])
  })

  it('writes signs where limits lie on both sides of zero', () => {
    expect(legendOf(areaTheme([-3, 3], [-1, 0, 1]), []).classes.map((one) => one.range)).toEqual([
      '≤ −1',
      '−1 ～ 0',
      '0 ～ +1',
      '> +1',
    ])
  })

  it.each([
    [[15, 30], 1, 0],
    [[2.5, 5], 1, 1],
    [[24.83, 67.61], 1, 1],
    [[0.012, 0.013], 1, 3],
    [[], 2, 0],
  ])('limits %j of a figure with %i places are written with %i', (limits, decimals, places) => {
    expect(placesFor(limits, decimals)).toBe(places)
  })
})

describe('the table', () => {
  const cities = [
    { code: '1', name: words('甲市', 'Alpha'), people: 1, lon: 0, lat: 0, row: 0 },
    { code: '2', name: words('乙市', 'Beta'), people: 1, lon: 0, lat: 0, row: 1 },
  ]
  const counties = [
    { code: '11', city: '1', name: words('丙县', 'Gamma'), people: 1, lon: 0, lat: 0, row: 2 },
    { code: '21', city: '2', name: words('丁县', 'Delta'), people: 1, lon: 0, lat: 0, row: 0 },
  ]

  it('finds values by row and names the city', () => {
    const rows = unitRows(areaTheme([5, 0, 15], [10]), areaTheme([7, 0, null], [10]), counties, cities)
    expect(rows.map((row) => [row.code, row.value, row.other, row.change, row.under?.zh])).toEqual([
      ['11', 15, null, null, '甲市'],
      ['21', 5, 7, 2, '乙市'],
    ])
    expect(rows.map((row) => row.colour)).toEqual(['#000001', '#000000'])
  })

  it('names borders by their cities', () => {
    const line = { a: '1', b: '2', value: 12, faint: false, verdict: null, interval: null, variants: null, p: null }
    const theme: BorderTheme = { ...areaTheme([12], [10]), kind: 'border', level: 'border', lines: [line] }
    const other = { ...theme, lines: [{ ...line, value: 9 }] }
    const [row] = borderRows(theme, other, cities)
    expect([row?.code, row?.name.zh, row?.name.en, row?.change]).toEqual(['1-2', '甲市–乙市', 'Alpha–Beta', -3])
  })

  const row = (code: string, value: number | null): TableRow => ({
    code,
    name: words(code),
    under: null,
    value,
    colour: '',
    other: null,
    change: null,
  })

  it('sorts either way and keeps what has no figure last', () => {
    const rows = [row('a', 2), row('b', null), row('c', 9), row('d', -1)]
    const codes = (descending: boolean): string[] =>
      sortRows(rows, 'value', descending, 'en').map((one) => one.code)
    expect(codes(true)).toEqual(['c', 'a', 'd', 'b'])
    expect(codes(false)).toEqual(['d', 'a', 'c', 'b'])
    expect(sortRows(rows, 'name', true, 'en').map((one) => one.code)).toEqual(['d', 'c', 'b', 'a'])
  })
})
