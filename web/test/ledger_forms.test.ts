import { describe, expect, it } from 'vitest'

import type { Fields, GanttRow } from '@/api/types_ledger'
import { clashes, decided, resolved } from '@/ledger/form/conflict'
import { changedFields, faultsOf, fieldOf, rowFaults, rowsOf, typedRows } from '@/ledger/form/fields'
import { makeForm } from '@/ledger/form/form'
import { geometryOf, typedPlace } from '@/ledger/form/place'
import { atDay, barOf, linksOf, monthsOf, ROW, rowsInSight, scaleOf, shadesOf, spanOf, ticksOf } from '@/ledger/gantt/layout'

describe('a form of an item', () => {
  const before: Fields = {
    title: '打通断头路',
    kind: 'project',
    owner: '',
    due: '2026-12-31',
    start: '2026-06-01',
    budget: [{ name: '省级资金', year: 2026, amount: '1200.50' }],
    milestones: [{ name: '开工', due: '2026-07-01', done_on: null, weight: 1 }],
    place: { geometry: { type: 'Point', coordinates: [114.3, 30.6] }, counties: ['420102'] },
    supporting_units: [],
  }
  const names = ['title', 'kind', 'owner', 'start', 'due', 'budget', 'milestones', 'place', 'supporting_units']

  it('changes nothing that nobody touched', () => {
    const form = makeForm(before, names)
    expect(form.changed.value).toEqual({})
    expect(form.faults.value).toEqual({})
  })

  it('says what changed, exactly', () => {
    const form = makeForm(before, names)
    form.values['owner'] = '李处长'
    form.values['due'] = ''
    form.typed['budget'] = [...(form.typed['budget'] ?? []), { name: '市级配套', year: '2026', amount: '0.10' }, {}]
    form.place.value = ''
    expect(form.changed.value).toEqual({
      owner: '李处长',
      due: null,
      budget: [
        { name: '省级资金', year: 2026, amount: '1200.50' },
        { name: '市级配套', year: 2026, amount: '0.10' },
      ],
      place: { geometry: null, counties: ['420102'] },
    })
    form.counties.value = []
    expect(form.changed.value['place']).toBeNull()
  })

  it('finds faults before anything is sent', () => {
    const form = makeForm(before, names)
    form.values['title'] = '  '
    form.values['due'] = '2026-05-01'
    form.typed['budget'] = [{ name: '', year: '26', amount: '-3' }, { amount: '1.005', name: 'x', year: '2026' }]
    form.place.value = 'north'
    expect(form.faults.value).toEqual({
      title: 'needed',
      due: 'order',
      'budget.0.name': 'needed',
      'budget.0.year': 'year',
      'budget.0.amount': 'amount',
      'budget.1.amount': 'amount',
      place: 'geometry',
    })
    expect(faultsOf({ due: '2026-02-30' }, ['due'])).toEqual({ due: 'day' })
    expect(faultsOf({}, ['due', 'owner'])).toEqual({})
  })

  it('leaves out of a draft what is empty', () => {
    const form = makeForm({ kind: 'policy_task', title: '' }, ['title', 'kind', 'due', 'budget', 'place'])
    form.values['title'] = '制定清单'
    expect(form.draft.value).toEqual({ kind: 'policy_task', title: '制定清单' })
  })

  it('keeps amounts as they were typed', () => {
    const columns = fieldOf('payments')?.columns ?? []
    const typed = typedRows([{ date: '2026-01-01', amount: '99999999999999.99', to: '', note: '' }], columns)
    expect(rowsOf(typed, columns)).toEqual([{ date: '2026-01-01', amount: '99999999999999.99', to: '', note: '' }])
  })

  it('passes over rows in which nothing was typed', () => {
    const field = fieldOf('measures')
    expect(field && rowFaults(field, [{}, { name: ' ', unit: '' }])).toEqual({})
    expect(field && rowFaults(field, [{ name: '时间', unit: '分', target: '约35' }])).toEqual({ 'measures.0.target': 'number' })
  })

  it('compares lists as a form writes them', () => {
    expect(changedFields({ supporting_units: ['a'] }, { supporting_units: ['a'] }, ['supporting_units'])).toEqual({})
    expect(changedFields({ supporting_units: ['a'] }, { supporting_units: [] }, ['supporting_units'])).toEqual({ supporting_units: [] })
  })
})

describe('a place that is typed', () => {
  it.each([
    ['114.3, 30.6', { type: 'Point', coordinates: [114.3, 30.6] }],
    ['114.3 30.6\n114.4，30.7', { type: 'LineString', coordinates: [[114.3, 30.6], [114.4, 30.7]] }],
    ['{"type":"Polygon","coordinates":[]}', { type: 'Polygon', coordinates: [] }],
    ['', null],
  ])('%s', (typed, geometry) => {
    expect(geometryOf(typed)).toEqual(geometry)
    if (geometry) expect(geometryOf(typedPlace(geometry))).toEqual(geometry)
  })

  it.each(['114.3', '200, 10', 'a, b', '114.3, 30.6\nsoon', '{"type":1}', '{'])('is not guessed at: %s', (typed) => {
    expect(geometryOf(typed)).toBeUndefined()
  })
})

describe('two editors of one item', () => {
  const before = { title: '甲', owner: '李', due: '2026-06-30', text: '' }

  it('see field by field who changed what', () => {
    const found = clashes(before, { title: '乙', owner: '王', text: '同' }, { title: '丙', owner: '李', due: '2026-07-31', text: '同' })
    expect(found).toEqual([
      { name: 'title', before: '甲', mine: '乙', theirs: '丙', open: true },
      { name: 'owner', before: '李', mine: '王', theirs: '李', open: false },
      { name: 'text', before: '', mine: '同', theirs: '同', open: false },
      { name: 'due', before: '2026-06-30', mine: '2026-06-30', theirs: '2026-07-31', open: false },
    ])
    expect(decided(found, {})).toBe(false)
    expect(decided(found, { title: 'theirs' })).toBe(true)
  })

  it('overwrite nothing without having said so', () => {
    const mine = { title: '乙', owner: '王' }
    const found = clashes(before, mine, { ...before, title: '丙', due: '2026-07-31' })
    expect(resolved(found, mine, {})).toEqual({ owner: '王' })
    expect(resolved(found, mine, { title: 'theirs' })).toEqual({ owner: '王' })
    expect(resolved(found, mine, { title: 'mine' })).toEqual({ title: '乙', owner: '王' })
  })
})

describe('the Gantt chart', () => {
  const row = (id: string, start: string | null, due: string | null, after: string[] = [], critical = false): GanttRow =>
    ({ id, start, due, progress: 50, milestones: [], critical, slack: 0, plan: null, depends_on: after.map((item) => ({ item, lag_days: 0 })) }) as unknown as GanttRow

  it('covers every day of its rows and today', () => {
    const rows = [row('a', '2026-03-01', '2026-03-31'), row('b', null, '2026-05-10'), row('c', null, null)]
    expect(spanOf(rows, '2026-06-01', 0)).toEqual({ first: '2026-03-01', last: '2026-06-01' })
    expect(spanOf([row('c', null, null)], '2026-06-01')).toBeNull()
  })

  it('draws a bar from the first to the end of the last day', () => {
    const scale = scaleOf({ first: '2026-03-01', last: '2026-03-31' }, 'day')
    expect(scale.width).toBe(31 * scale.perDay)
    const bar = barOf(row('a', '2026-03-02', '2026-03-03'), 3, scale)
    expect([bar.left, bar.width, bar.done, bar.top, bar.point]).toEqual([scale.perDay, 2 * scale.perDay, scale.perDay, 3 * ROW, false])
    expect(barOf(row('a', null, '2026-03-03'), 0, scale)).toMatchObject({ left: 2 * scale.perDay, width: scale.perDay, point: true })
    expect(barOf(row('a', null, null), 0, scale).left).toBeNull()
  })

  it('links what waits to what it waits for, also backwards', () => {
    const scale = scaleOf({ first: '2026-03-01', last: '2026-04-30' }, 'week')
    const rows = [row('a', '2026-03-01', '2026-03-10', [], true), row('b', '2026-03-20', '2026-03-25', ['a', 'gone'], true), row('c', '2026-03-02', '2026-03-05', ['b'])]
    const links = linksOf(rows.map((one, at) => barOf(one, at, scale)))
    expect(links.map((one) => [one.key, one.critical])).toEqual([['a>b', true], ['b>c', false]])
    expect(links[0]?.path).toBe(`M${atDay(scale, '2026-03-11')} 14H${atDay(scale, '2026-03-11') + 6}V42H${atDay(scale, '2026-03-20')}`)
    expect(links[1]?.path).toMatch(/V56H/)
  })

  it('shades runs of days that are not worked', () => {
    const scale = scaleOf({ first: '2026-03-01', last: '2026-03-31' }, 'day')
    const runs = shadesOf(scale, ['2026-03-08', '2026-03-07', '2026-03-14', '2026-04-05', '2026-03-07'])
    expect(runs.map((one) => [one.day, one.width / scale.perDay])).toEqual([['2026-03-07', 2], ['2026-03-14', 1]])
    expect(shadesOf(scaleOf(scale.span, 'quarter'), ['2026-03-07'])).toEqual([])
  })

  it('names months and weeks', () => {
    const scale = scaleOf({ first: '2026-03-18', last: '2026-05-02' }, 'week')
    expect(monthsOf(scale).map((one) => one.day)).toEqual(['2026-03-01', '2026-04-01', '2026-05-01'])
    expect(monthsOf(scale).reduce((sum, one) => sum + one.width, 0)).toBeCloseTo(scale.width)
    expect(ticksOf(scale)[0]?.day).toBe('2026-03-23')
    expect(ticksOf(scaleOf(scale.span, 'month'))).toEqual([])
  })

  it('draws of five hundred rows those in sight', () => {
    const [first, last] = rowsInSight(500, 200 * ROW, 20 * ROW)
    expect([first, last]).toEqual([188, 232])
    expect(rowsInSight(5, 0, 1000)).toEqual([0, 5])
  })
})
