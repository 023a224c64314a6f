import { describe, expect, it } from 'vitest'

import type { BoardItem, BoardUnit, CaseLabel, EditorField, ItemInCity } from '@/api/types_hall_desk'
import { citiesChart, differences, loadOf, standsOut, trendChart, unitsBy } from '@/hall/board/figures'
import { linesOf } from '@/hall/desk/answers'
import { askedOf, blank, givenOf, isBare, meanwhile, missing, nameOf } from '@/hall/desk/asking'
import { drawn } from '@/hall/desk/clock'
import { filterCount, filtersOf, nearby, pageOf, pagesOf, QUEUE_FILTERS, rowAfter } from '@/hall/desk/queue'
import { faultsOf, nobody, toldOf, wayFrom } from '@/hall/desk/onbehalf'
import { groupsOf } from '@/hall/stages'
import { apart, byField, changedFields, standing, usual } from '@/hall/editor/comparing'
import { isChanged, sentOf, shown, typedOf } from '@/hall/editor/values'

describe('the steps of a process', () => {
  const stage = (title: string, beside = false) => ({ title: { zh: title, en: title }, unit: null, beside, far: null })

  it('stand together where they go side by side', () => {
    const drawn = groupsOf([stage('a'), stage('b'), stage('c', true), stage('d')])
    expect(drawn.map((group) => group.map((one) => one.title.zh))).toEqual([['a'], ['b', 'c'], ['d']])
    expect(groupsOf([stage('a', true)])).toHaveLength(1)
    expect(groupsOf([])).toEqual([])
  })

  it('are told apart by their task, which other actions are not', () => {
    expect(nameOf({ action: 'step', task: '1' })).not.toBe(nameOf({ action: 'step', task: '2' }))
    expect(nameOf({ action: 'decide', task: '1' })).toBe('decide')
    expect(nameOf({ action: 'claim', task: null })).toBe('claim')
  })
})

describe('the queue', () => {
  it('asks for what the address says, and for nothing empty', () => {
    const query = { text: '药店', light: '', mine: '1', page: '3', task: 'x' }
    expect(filtersOf(query, QUEUE_FILTERS)).toEqual({ text: '药店', mine: '1' })
    expect(filterCount(query, QUEUE_FILTERS)).toBe(2)
  })

  it.each([
    [{}, 1],
    [{ page: '7' }, 7],
    [{ page: '0' }, 1],
    [{ page: '-2' }, 1],
    [{ page: '20000' }, 20_000],
    [{ page: '99999999' }, 1],
  ])('shows of %j page %i', (query, page) => {
    expect(pageOf(query)).toBe(page)
  })

  it('has pages for a million cases, of which a few are offered', () => {
    expect(pagesOf(0)).toBe(1)
    expect(pagesOf(1_000_000)).toBe(20_000)
    expect(nearby(1, 20_000)).toEqual([1, 2, null, 20_000])
    expect(nearby(9, 20_000)).toEqual([1, null, 8, 9, 10, null, 20_000])
    expect(nearby(3, 5)).toEqual([1, 2, 3, 4, 5])
    expect(nearby(1, 1)).toEqual([1])
    // A gap of one page is that page.
    expect(nearby(4, 9)).toEqual([1, 2, 3, 4, 5, null, 9])
  })

  it('is walked with keys', () => {
    expect([rowAfter('j', 0, 3), rowAfter('ArrowDown', 2, 3), rowAfter('k', 0, 3), rowAfter('End', 0, 3), rowAfter('Home', 2, 3)]).toEqual([1, 2, 0, 2, 0])
    expect(rowAfter('x', 0, 3)).toBeNull()
    expect(rowAfter('j', 0, 0)).toBeNull()
  })
})

describe('what an action asks', () => {
  const offer = (action: string, asks: string[], needs: string[], task: string | null = null) => ({ action, asks, needs, task })
  const decide = offer('decide', ['outcome', 'words'], ['outcome'], 'T1')

  it('stands in the order of the form, and nothing that is not known', () => {
    expect(askedOf({ asks: ['words', 'until', 'documents', 'strange'] })).toEqual(['documents', 'until', 'words'])
    expect(isBare({ asks: [] })).toBe(true)
    expect(isBare(decide)).toBe(false)
  })

  it('wants a reason where somebody is told no', () => {
    const typed = blank()
    expect(missing(decide, typed)).toEqual(['outcome'])
    typed.outcome = 'grant'
    expect(missing(decide, typed)).toEqual([])
    typed.outcome = 'refuse'
    typed.words = '  '
    expect(missing(decide, typed)).toEqual(['words'])
    expect(missing(offer('ask_opinion', ['units', 'words'], ['units']), typed)).toEqual(['units', 'words'])
    expect(missing(offer('extend', ['days', 'words'], ['days', 'words']), blank())).toEqual(['days', 'words'])
  })

  it('is sent as it was asked, and not what was typed for another action', () => {
    const typed = { ...blank(), words: ' 请补充营业执照 ', documents: ['D01'], reason: 'hearing', outcome: 'grant', days: 5 }
    const wanted = offer('ask_supplement', ['words', 'documents', 'until'], ['words'])
    expect(givenOf(wanted, typed, 4)).toEqual({ seen: 4, action: 'ask_supplement', documents: ['D01'], words: '请补充营业执照' })
    expect(givenOf(decide, typed, 5)).toEqual({ seen: 5, action: 'decide', task: 'T1', outcome: 'grant', words: '请补充营业执照' })
    expect(givenOf(offer('extend', ['days', 'words'], []), typed, 6).days).toBe(5)
  })

  it('knows what others did meanwhile', () => {
    const first = { at: '2026-11-02T01:00:00Z', what: 'accepted' }
    const second = { at: '2026-11-02T02:00:00Z', what: 'supplement_asked' }
    expect(meanwhile([first], [first, second])).toEqual([second])
  })
})

describe('answers of a form', () => {
  it('stand under their names in the order of the form; rows of a list too', () => {
    const labels: CaseLabel[] = [
      { pointer: '/shop/name', title: { zh: '店名', en: 'Shop' }, options: {} },
      { pointer: '/area', title: { zh: '面积', en: 'Area' }, options: {} },
      { pointer: '/people/name', title: { zh: '姓名', en: 'Name' }, options: {} },
      { pointer: '/kinds', title: { zh: '种类', en: 'Kinds' }, options: { a: { zh: '甲类', en: 'a' } } },
    ]
    const data = { area: 80, empty: '', people: [{ name: '甲' }, { name: '乙' }], shop: { name: '康民', 'a/b': true }, kinds: ['a', '二'] }
    expect(linesOf(data, labels).map((one) => [one.pointer, one.title?.zh ?? null, one.values.map((value) => (typeof value === 'object' ? value.zh : value)).join('、')])).toEqual([
      ['/shop/name', '店名', '康民'],
      ['/area', '面积', '80'],
      ['/kinds', '种类', '甲类、二'],
      ['/people/0/name', '姓名', '甲'],
      ['/people/1/name', '姓名', '乙'],
      ['/shop/a~1b', null, 'true'],
    ])
  })
})

describe('the clock of a case', () => {
  const day = (number: number): string => `2026-11-${String(number).padStart(2, '0')}T00:00:00.000Z`
  const kinds = (events: readonly [number, string][], due: number | null, now: number): string[] =>
    (drawn(events.map(([at, what]) => ({ at: day(at), what })), due === null ? null : day(due), day(now))?.spans ?? []).map(
      (one) => `${one.kind} ${Number(one.from.slice(8, 10))}-${Number(one.to.slice(8, 10))}`,
    )

  it('begins when a case came, and anew when it was accepted', () => {
    expect(drawn([{ at: day(1), what: 'submitted' }], day(9), day(2))).toBeNull()
    expect(kinds([[1, 'submitted'], [2, 'received']], 7, 4)).toEqual(['run 2-4', 'left 4-7'])
    expect(kinds([[2, 'received'], [4, 'accepted']], 14, 5)).toEqual(['run 4-5', 'left 5-14'])
  })

  it('runs, stands while something is awaited, and has time left', () => {
    expect(kinds([[1, 'accepted'], [3, 'supplement_asked'], [6, 'supplemented']], 20, 10)).toEqual(['run 1-3', 'stop 3-6', 'run 6-10', 'left 10-20'])
  })

  it('stands still now, in whatever order events are told', () => {
    expect(kinds([[4, 'suspended'], [1, 'accepted']], 20, 10)).toEqual(['run 1-4', 'stop 4-10', 'left 10-20'])
  })

  it('shows how late a case is, and how late it was done', () => {
    expect(kinds([[1, 'accepted']], 5, 9)).toEqual(['run 1-5', 'late 5-9'])
    expect(kinds([[1, 'accepted'], [7, 'decided'], [8, 'closed']], 5, 20)).toEqual(['run 1-5', 'late 5-7'])
    expect(kinds([[1, 'accepted'], [7, 'decided']], 15, 20)).toEqual(['run 1-7'])
  })

  it('fills its whole width', () => {
    const found = drawn([{ at: day(1), what: 'accepted' }, { at: day(2), what: 'suspended' }], day(11), day(6))
    expect(found?.spans.reduce((sum, one) => sum + one.width, 0)).toBeCloseTo(1)
    expect(found?.now).toBeCloseTo(0.5)
    expect(found?.due).toBe(1)
    const none = drawn([{ at: day(1), what: 'accepted' }], null, day(1))
    expect(none?.spans).toEqual([])
  })
})

describe('the board', () => {
  const unit = (code: string, figures: Partial<BoardUnit>): BoardUnit => ({
    unit: { code, title: { zh: code, en: code } },
    city: null,
    open: 0,
    late: 0,
    due_soon: 0,
    done: 0,
    days_mean: null,
    on_time: null,
    ...figures,
  })
  const city = (name: string, cases: number, days: number | null): ItemInCity => ({ city: name, cases, days, visits: null, refused: 0, stars: null })
  const item = (basic_code: string, cities: ItemInCity[]): BoardItem => ({ basic_code, title: { zh: basic_code, en: basic_code }, cities })

  it('orders departments by a figure; those without one come last either way', () => {
    const units = [unit('a', { days_mean: 3 }), unit('b', {}), unit('c', { days_mean: 9 })]
    expect(unitsBy(units, 'days_mean', true).map((one) => one.unit.code)).toEqual(['c', 'a', 'b'])
    expect(unitsBy(units, 'days_mean', false).map((one) => one.unit.code)).toEqual(['a', 'c', 'b'])
    expect(loadOf([unit('a', { open: 2, late: 1 }), unit('b', { open: 3, done: 4 })])).toEqual({ open: 5, due_soon: 0, late: 1, done: 4 })
  })

  it('compares cities by cases enough, the farthest apart first', () => {
    const found = differences([
      item('001', [city('A', 10, 4), city('B', 10, 5)]),
      item('002', [city('A', 10, 2), city('B', 50, 6), city('C', 4, 90)]),
      item('003', [city('A', 2, 2)]),
    ])
    expect(found.map((one) => [one.item.basic_code, one.times])).toEqual([
      ['002', 3],
      ['001', 1.25],
      ['003', null],
    ])
    const [first] = found
    expect(first?.ranked.map((one) => [one.city, standsOut(one, first)])).toEqual([
      ['A', false],
      ['B', true],
    ])
    expect(first?.few.map((one) => one.city)).toEqual(['C'])
    const chart = first && citiesChart(first, (one) => one.city, '天')
    expect(chart?.series[0]?.data.map((one) => one.value)).toEqual([2, 6])
  })

  it('draws what came and what was done by day', () => {
    const chart = trendChart([{ day: '2026-11-01', in: 3, out: 1 }], { in: '收件', out: '办结' })
    expect(chart.series.map((one) => (one as { data: unknown }).data)).toEqual([[['2026-11-01', 3]], [['2026-11-01', 1]]])
  })
})

describe('an item beside itself', () => {
  it('shows which fields a draft changes', () => {
    expect(changedFields({ title: '甲', visits: 1, cities: ['a'] }, { title: '甲', visits: 0, cities: ['a'], note: '新' })).toEqual(['visits', 'note'])
  })

  it('knows which cities differ from most', () => {
    const field = (values: Record<string, string>, differs = true) => ({ name: 'promised', label: { zh: '', en: '' }, differs, values })
    expect(usual({ a: '5', b: '5', c: '9' })).toBe('5')
    expect(apart(field({ a: '5', b: '5', c: '9' }))).toEqual(['c'])
    expect(usual({ a: '5', b: '9' })).toBeNull()
    expect(apart(field({ a: '5', b: '9' }))).toEqual(['a', 'b'])
    expect(apart(field({ a: '5', b: '5' }, false))).toEqual([])
  })

  it('tells findings at their field, those of the whole at the top', () => {
    const finding = (field: string) => ({ severity: 'error' as const, field, message: { zh: '', en: '' } })
    const found = byField([finding('fees'), finding('strange'), finding('fees'), finding('legal')], ['fees', 'title', 'legal.count', 'legal.unit'])
    expect(found.get('legal.count')).toHaveLength(1)
    expect(found.get('legal.unit')).toBeUndefined()
    expect(found.get('fees')).toHaveLength(2)
    expect(found.get('')).toHaveLength(1)
    expect(found.get('title')).toBeUndefined()
  })
})

describe('a field of an item', () => {
  const field = (kind: EditorField['kind'], more: Partial<EditorField> = {}): EditorField => ({ name: 'x', label: { zh: '甲', en: 'x' }, kind, choices: [], ...more })
  const documents = field('choice', { name: 'document', choices: [{ code: 'D1', title: { zh: '合同', en: 'contract' } }] })
  const list = field('list', { columns: [documents, field('number', { name: 'copies' }), field('flag', { name: 'visit', label: { zh: '须到场', en: 'visit' } })] })
  const row = { document: 'D1', copies: 2, visit: false, share: 0.5 }

  it('goes through the form unchanged where nobody changed it, with what the form does not show', () => {
    for (const [one, value] of [
      [field('number'), 10],
      [field('number'), null],
      [field('day'), '2026-11-24'],
      [field('list'), ['一', '二']],
      [field('choices'), ['a']],
      [list, [row]],
    ] as const) {
      const typed = typedOf(one, value)
      expect(isChanged(one, typed, value)).toBe(false)
      expect(sentOf(one, typed)).toEqual(value)
    }
  })

  it('is sent as its kind has it', () => {
    expect(sentOf(field('number'), '7.5')).toBe(7.5)
    expect(sentOf(field('number'), '')).toBeNull()
    expect(sentOf(field('text'), ' 甲 ')).toBe('甲')
    expect(sentOf(field('list'), ' 一 \n\n二')).toEqual(['一', '二'])
    expect(sentOf(list, [{ ...row, copies: '3', visit: true }])).toEqual([{ ...row, copies: 3, visit: true }])
  })

  it('is read with names for codes', () => {
    const zh = (words: { zh: string }): string => words.zh
    expect(shown(list, [{ ...row, visit: true }], zh, '–')).toBe('合同 · 2 · 须到场')
    expect(shown(field('choices', { choices: documents.choices }), ['D1', 'D2'], zh, '–')).toBe('合同、D2')
    expect(shown(list, [], zh, '–')).toBe('–')
    expect(shown(field('number'), 0, zh, '–')).toBe('0')
  })

  it('belongs to the version that stands on a day', () => {
    const version = (number: number, valid_from: string | null, valid_until: string | null) => ({ version: number, valid_from, valid_until, published_by: null, published_at: null })
    const versions = [version(1, null, '2026-06-30'), version(2, '2026-07-01', null), version(3, '2027-01-01', null)]
    expect(['2026-06-30', '2026-07-01', '2027-02-01'].map((day) => standing(versions, day)?.version)).toEqual([1, 2, 3])
    expect(standing([version(3, '2027-01-01', null)], '2026-01-01')).toBeNull()
  })
})

describe('at the window', () => {
  const checks = { id_number: (text: string) => text.length === 18, credit_code: (text: string) => text.length === 18, phone: (text: string) => text.startsWith('1') }

  it('somebody needs a name and the number of their kind', () => {
    expect(faultsOf(nobody(), checks)).toEqual(['name', 'id_number'])
    expect(faultsOf({ ...nobody(), kind: 'firm', name: '甲', phone: '9' }, checks)).toEqual(['credit_code', 'phone'])
    const told = toldOf({ ...nobody(), name: ' 张三 ', id_number: '42010019900307123x', credit_code: 'left over' })
    expect(told).toEqual({ kind: 'person', name: '张三', id_number: '42010019900307123X', credit_code: '', phone: '' })
    expect(faultsOf(told, checks)).toEqual([])
  })

  it('an item goes at home, by a way across the border, or not at all', () => {
    const item = (city: string | null, ways: ('online' | 'agent' | 'joint')[], cities: string[]) => ({ city: city === null ? null : { code: city, name: { zh: city, en: city } }, ways, cities })
    expect(wayFrom(item('A', [], ['A']), ['A'])).toBeNull()
    expect(wayFrom(item(null, [], []), ['A'])).toBeNull()
    expect(wayFrom(item('B', ['online', 'agent'], ['A', 'B']), ['A'])).toBe('agent')
    expect(wayFrom(item('B', ['online'], ['A', 'B']), ['A'])).toBe('online')
    expect(wayFrom(item('B', ['agent'], ['B']), ['A'])).toBeUndefined()
    expect(wayFrom(item('B', [], ['A', 'B']), ['A'])).toBeUndefined()
  })
})
