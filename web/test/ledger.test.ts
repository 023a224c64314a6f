import { describe, expect, it } from 'vitest'

import { ApiProblem } from '@/api/client'
import type { Proposal } from '@/api/analysis'
import type { Curve } from '@/api/types_ledger'
import { hrefOf, readSpot, writeSpot, type Spot } from '@/ledger/address'
import { chartOf } from '@/ledger/curve'
import { dayNumber, dayOf, isDay, lastOfMonth, moment, monthOf, periodOf, weekday, weeksOf } from '@/ledger/dates'
import * as filters from '@/ledger/filters'
import { asksCode } from '@/account/login'
import { boundsOf, countsOf, drawnOf } from '@/ledger/map'
import { itemOf } from '@/panels/proposals/item'
import { readView, START, writeView } from '@/state/address'

describe('what the ledger shows, in the address', () => {
  it.each<[string, Spot]>([
    ['', { screen: 'work', id: null, query: {} }],
    ['board', { screen: 'board', id: null, query: {} }],
    ['item/01JDQK5V7M8N9P0Q1R2S3T4V5W', { screen: 'item', id: '01JDQK5V7M8N9P0Q1R2S3T4V5W', query: {} }],
    ['table&mark=overdue&state=assigned,signed&text=%E6%96%AD%E5%A4%B4%E8%B7%AF', { screen: 'table', id: null, query: { mark: 'overdue', state: 'assigned,signed', text: '断头路' } }],
    ['unit/WH-JTJ', { screen: 'unit', id: 'WH-JTJ', query: {} }],
    ['work&open=true', { screen: 'work', id: null, query: { open: 'true' } }],
    ['table&text=a%26b%3D1%25%20%23', { screen: 'table', id: null, query: { text: 'a&b=1% #' } }],
  ])('%s', (raw, spot) => {
    expect(readSpot(raw)).toEqual(spot)
    expect(writeSpot(spot)).toBe(raw)
  })

  it('is the first screen where it is not understood', () => {
    expect(readSpot('planet/9&x=1')).toEqual({ screen: 'work', id: null, query: {} })
    expect(readSpot('item/%E0%A4%A')).toEqual({ screen: 'item', id: '%E0%A4%A', query: {} })
  })

  it('stands beside the map in one address, with the language', () => {
    const view = { ...START, language: 'en' as const, ledger: 'table&text=%26' }
    expect(writeView(view)).toBe('ledger/table&lang=en&text=%26')
    expect(readView(`#${writeView(view)}`)).toEqual(view)
    expect(readView('#ledger')).toEqual({ ...START, ledger: '' })
    expect(readView('#ledger/&lang=en')).toEqual({ ...START, language: 'en', ledger: '' })
    expect(readView('#layer=ledger').ledger).toBeNull()
  })

  it('is what links say', () => {
    const spot: Spot = { screen: 'table', id: null, query: { due_to: '2026-12-31' } }
    expect(hrefOf(spot, 'en')).toBe('#ledger/table&lang=en&due_to=2026-12-31')
    expect(readSpot(readView(hrefOf(spot, 'en')).ledger ?? '')).toEqual(spot)
  })
})

describe('filters', () => {
  it('are put in and taken out, and show the first page again', () => {
    const one = filters.toggled({ offset: '100' }, 'state', 'signed')
    const two = filters.toggled(one, 'state', 'assigned')
    expect(two).toEqual({ state: 'signed,assigned' })
    expect(filters.toggled(filters.toggled(two, 'state', 'signed'), 'state', 'assigned')).toEqual({})
  })

  it('go along to other screens without page, order and columns', () => {
    const query = { text: '路', sort: '-due', cols: 'title', offset: '50', zoom: 'day', mine: 'true' }
    expect(filters.filtersOf(query)).toEqual({ text: '路', mine: 'true' })
    expect(filters.filterCount(query)).toBe(2)
    expect(filters.keptOf(query)).toEqual({ text: '路', sort: '-due', cols: 'title', zoom: 'day', mine: 'true' })
  })

  it('sort up, down, and as it was', () => {
    const up = filters.sortedBy({}, 'due')
    const down = filters.sortedBy(up, 'due')
    expect([up, down, filters.sortedBy(down, 'due')]).toEqual([{ sort: 'due' }, { sort: '-due' }, {}])
    expect(filters.sortingOf(down)).toEqual({ key: 'due', down: true })
    expect(filters.sortedBy(down, 'title')).toEqual({ sort: 'title' })
  })

  it('keep a column at least, in the order of the table', () => {
    expect(filters.columnsOf({ cols: 'due,number,nonsense' })).toEqual(['number', 'due'])
    expect(filters.columnsOf({ cols: 'nonsense' })).toEqual(filters.USUAL_COLUMNS)
    expect(filters.withColumn({ cols: 'due' }, 'due')).toEqual({ cols: 'due' })
    const more = filters.withColumn({}, 'owner')
    expect(filters.columnsOf(more)).toContain('owner')
    expect(filters.withColumn(more, 'owner')).toEqual({})
  })

  it('count pages of twenty thousand', () => {
    expect(filters.pageOf(0, 0)).toEqual({ number: 1, of: 1, first: 0, last: 0 })
    expect(filters.pageOf(19_950, 20_000)).toEqual({ number: 400, of: 400, first: 19_951, last: 20_000 })
    expect(filters.atPage({ text: 'x' }, 400)).toEqual({ text: 'x', offset: '19950' })
    expect(filters.atPage({ offset: '50' }, 1)).toEqual({})
    expect(filters.offsetOf({ offset: '-3' })).toBe(0)
  })
})

describe('days', () => {
  it('are counted without a zone', () => {
    expect(dayOf(dayNumber('2026-02-28') + 1)).toBe('2026-03-01')
    expect(dayOf(dayNumber('2028-02-28') + 1)).toBe('2028-02-29')
    expect(weekday('2026-11-23')).toBe(0)
    expect(weekday('1969-12-28')).toBe(6)
    expect(['2026-02-29', '2026-1-1', '', 'soon'].map(isDay)).toEqual([false, false, false, false])
  })

  it('make months and weeks', () => {
    expect(monthOf('2026-11-23', 2)).toBe('2027-01-01')
    expect(monthOf('2026-01-15', -1)).toBe('2025-12-01')
    expect(lastOfMonth('2024-02-10')).toBe('2024-02-29')
    const weeks = weeksOf('2026-11-23')
    expect(weeks[0]?.[0]).toBe('2026-10-26')
    expect(weeks.at(-1)?.[6]).toBe('2026-12-06')
    expect(new Set(weeks.flat()).size).toBe(weeks.length * 7)
    // A month of four whole weeks.
    expect(weeksOf('2021-02-01')).toHaveLength(4)
  })

  it('make the periods of reports', () => {
    expect(periodOf('2026-11-23', 'week')).toEqual({ first: '2026-11-23', last: '2026-11-29' })
    expect(periodOf('2026-11-23', 'month', 1)).toEqual({ first: '2026-10-01', last: '2026-10-31' })
    expect(periodOf('2026-11-23', 'quarter')).toEqual({ first: '2026-10-01', last: '2026-12-31' })
    expect(periodOf('2026-02-01', 'half', 1)).toEqual({ first: '2025-07-01', last: '2025-12-31' })
    expect(periodOf('2026-11-23', 'year')).toEqual({ first: '2026-01-01', last: '2026-12-31' })
  })

  it('are those of China for moments', () => {
    expect(moment('2026-11-23T16:30:00.000Z')).toBe('2026-11-24 00:30')
    expect(moment('never')).toBe('never')
  })
})

describe('the map of items', () => {
  const feature = (geometry: unknown) => ({ type: 'Feature' as const, geometry: geometry as GeoJSON.Geometry, properties: {} })
  const map = {
    type: 'FeatureCollection' as const,
    features: [feature(null), feature({ type: 'Point', coordinates: [114, 30] }), feature({ type: 'LineString', coordinates: [[113, 31], [115, 29.5]] })],
    by_county: [
      { county: '420102', name: { zh: '江岸区', en: 'Jiangan' }, count: 3, overdue: 1 },
      { county: 'unknown', name: { zh: '?', en: '?' }, count: 2, overdue: 0 },
    ],
  }

  it('draws what has a place, and counts where the county is known', () => {
    expect(drawnOf(map).features).toHaveLength(2)
    expect(boundsOf(drawnOf(map))).toEqual([113, 29.5, 115, 31])
    expect(boundsOf({ type: 'FeatureCollection', features: [] })).toBeNull()
    const counts = countsOf(map, [{ code: '420102', lon: 114.3, lat: 30.6 }])
    expect(counts.features.map((one) => one.properties)).toEqual([{ county: '420102', count: 3, overdue: 1 }])
  })
})

describe('the S-curve', () => {
  const curve = { days: ['2026-01-01', '2026-02-01'], planned: [0, 20_000], earned: [null, 10_000], actual: [null, null] } as unknown as Curve
  const names = { planned: 'PV', earned: 'EV', actual: 'AC', today: 'today' }

  it('tells what is not known as not there, never as nothing', () => {
    const { series } = chartOf(curve, names, '万元', '2026-02-01', 10_000)
    expect(series.map((one) => (one as { data: unknown }).data)).toEqual([
      [['2026-01-01', 0], ['2026-02-01', 2]],
      [['2026-01-01', null], ['2026-02-01', 1]],
      [['2026-01-01', null], ['2026-02-01', null]],
      [['2026-02-01', 0], ['2026-02-01', 2]],
    ])
  })
})

describe('the login', () => {
  const problem = (status: number, more: object) => new ApiProblem(status, { zh: '', en: '' }, { zh: '', en: '' }, [], more)

  it('asks for a code when the service wants one, and only then', () => {
    expect(asksCode(problem(401, { second_factor: true }))).toBe(true)
    expect(asksCode(problem(401, { type: 'urn:onecity:problem:logins.factor_needed' }))).toBe(true)
    expect(asksCode(problem(401, { type: 'urn:onecity:problem:identity.wrong' }))).toBe(false)
    expect(asksCode(problem(429, { second_factor: true }))).toBe(false)
  })
})

describe('a finding of the map', () => {
  const words = (zh: string) => ({ zh, en: zh })
  const proposal = {
    number: 3,
    strand: 'transport',
    title: words('打通凤凰大道 & 云岚路'),
    line: { type: 'LineString', coordinates: [[114.123456789, 30.1], [114.2, 30.2]] },
    indicator: { unit: words('万人·分钟') },
    benefit: 12.5,
    gains_by_county: { '420702': 3 },
    remarks: [],
    assumptions: words('依现状路网。'),
  } as unknown as Proposal

  it('becomes an item with its promise, through the address', () => {
    const spot = readSpot(itemOf(proposal, 'abc', '2026-11-23'))
    expect([spot.screen, spot.id]).toEqual(['new', null])
    expect(JSON.parse(spot.query['fields'] ?? '')).toEqual({
      kind: 'project',
      title: '打通凤凰大道 & 云岚路',
      strand: 'transport',
      text: '依现状路网。',
      place: { geometry: { type: 'LineString', coordinates: [[114.12346, 30.1], [114.2, 30.2]] }, counties: [] },
      finding: { strand: 'transport', key: 'transport-3', region: 'abc', benefit: 12.5, unit: '万人·分钟', promised_on: '2026-11-23' },
    })
    expect(readSpot(writeSpot(spot))).toEqual(spot)
  })
})
