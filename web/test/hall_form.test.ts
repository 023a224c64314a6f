import { describe, expect, it, vi } from 'vitest'

import { sendOnce } from '@/api/once'
import type { HallEvidence, HallFileSlot, HallForm, Schema } from '@/api/types_hall'
import { byPointer, faultsOf } from '@/hall/form/faults'
import { begun, changedOf, fieldsOf, numberOf, sectionsOf, shownValues, type Field } from '@/hall/form/fields'
import { idOf } from '@/hall/form/focus'
import { isCreditCode, isDate, isIdNumber, isPhone } from '@/hall/form/numbers'
import { acceptOf, beginsFetching, faultOf, fetchableNow, filled, isKnown, standing, taken, wanted } from '@/hall/form/papers'
import { at, put, same, type Values } from '@/hall/form/pointers'
import { broken, holds } from '@/hall/form/validate'

const words = (zh: string): { zh: string; en: string } => ({ zh, en: zh.toUpperCase() })
const when = (name: string, value: unknown, properties: Schema, required: readonly string[]): Schema => ({
  if: { properties: { [name]: { const: value } }, required: [name] },
  then: { properties, required },
})
const TEXT = { type: 'string', minLength: 1, maxLength: 200, pattern: '\\S' }

/** As the service writes forms: groups, and parts that stand under a condition. */
const FORM: HallForm = {
  schema: {
    type: 'object',
    properties: {
      applicant: {
        type: 'object',
        'x-title': words('申请人'),
        properties: {
          kind: { type: 'string', enum: ['person', 'firm'], 'x-options': { person: words('个人'), firm: words('企业') } },
        },
        required: ['kind'],
        allOf: [
          when('kind', 'person', { name: { ...TEXT, 'x-title': words('姓名'), 'x-from': [['identity', 'name']] }, id_number: { type: 'string', format: 'cn-id-number', title: '证件号码' } }, ['name', 'id_number']),
          when('kind', 'firm', { name: { ...TEXT, title: '单位名称' }, registered: { type: 'boolean', default: true } }, ['name', 'registered']),
          { if: { properties: { kind: { const: 'firm' }, registered: { const: true } }, required: ['kind', 'registered'] }, then: { properties: { credit_code: { type: 'string', format: 'cn-credit-code' } }, required: ['credit_code'] } },
        ],
      },
      matter: {
        type: 'object',
        properties: {
          about: { ...TEXT, maxLength: 2000 },
          area: { type: 'number', minimum: 1, maximum: 500 },
          starts: { type: 'string', format: 'date' },
          services: { type: 'array', items: { enum: ['a', 'b', 'c'] }, minItems: 1 },
          staff: {
            type: 'array',
            maxItems: 2,
            items: { $ref: '#/$defs/staff' },
          },
          bank: { ...TEXT, title: '开户行' },
          account: { type: 'string', title: '账号' },
        },
        required: ['about'],
        dependentRequired: { bank: ['account'] },
      },
      declaration: { type: 'object', properties: { truth: { const: true, type: 'boolean' } }, required: ['truth'] },
    },
    required: ['applicant', 'matter', 'declaration'],
    $defs: { staff: { type: 'object', properties: { name: { ...TEXT, title: '姓名' }, phone: { type: 'string', format: 'cn-phone', title: '电话' } }, required: ['name'] } },
  },
  order: ['/applicant/kind', '/applicant/registered', '/applicant/name', '/applicant/id_number', '/applicant/credit_code'],
  groups: [
    { title: words('申请人'), fields: ['/applicant/kind', '/applicant/registered', '/applicant/name', '/applicant/id_number', '/applicant/credit_code'] },
    { title: words('申请内容'), fields: ['/matter/about', '/matter/area', '/matter/starts', '/matter/services', '/matter/staff', '/matter/bank', '/matter/account'] },
  ],
  files: [],
  prefill: { '/applicant/kind': { value: 'person', source: { title: words('我的资料'), at: null } } },
}
const pointers = (data: Values): readonly string[] => fieldsOf(FORM, data).map((one) => one.pointer)
const say = (name: string, { field, limit }: { field: string; limit: string }) => words(`${name} ${field} ${limit}`.trim())
const faults = (data: Values) =>
  Object.fromEntries([...faultsOf(FORM, fieldsOf(FORM, data), data, (one) => one.zh, say)].map(([pointer, one]) => [pointer, one.zh]))

const PERSON: Values = {
  applicant: { kind: 'person', name: '张三', id_number: '11010519491231002X' },
  matter: { about: '开药店' },
  declaration: { truth: true },
}

describe('the fields of a form', () => {
  it('are those whose condition holds, in the order of the form', () => {
    expect(pointers({}).slice(0, 2)).toEqual(['/applicant/kind', '/matter/about'])
    expect(pointers(PERSON).slice(0, 3)).toEqual(['/applicant/kind', '/applicant/name', '/applicant/id_number'])
    const firm = { applicant: { kind: 'firm', registered: true } }
    expect(pointers(firm).slice(0, 4)).toEqual(['/applicant/kind', '/applicant/registered', '/applicant/name', '/applicant/credit_code'])
    expect(pointers({ applicant: { kind: 'firm', registered: false } })).not.toContain('/applicant/credit_code')
  })

  it('have a box that fits, words, and a mark where they must be filled in', () => {
    const all = new Map(fieldsOf(FORM, PERSON).map((one) => [one.pointer, one]))
    const inputs = ['kind', 'name'].map((name) => all.get(`/applicant/${name}`)?.input)
    expect(inputs).toEqual(['one', 'line'])
    const matter = ['about', 'area', 'starts', 'services', 'staff'].map((name) => all.get(`/matter/${name}`)?.input)
    expect(matter).toEqual(['lines', 'number', 'day', 'many', 'rows'])
    expect(all.get('/declaration/truth')?.input).toBe('agree')
    expect(all.get('/applicant/name')?.title.zh).toBe('姓名')
    expect(all.get('/applicant/kind')?.options.map((one) => one.words.zh)).toEqual(['个人', '企业'])
    expect(all.get('/matter/staff')?.columns.map((one) => [one.pointer, one.required])).toEqual([['/name', true], ['/phone', false]])
    expect(all.get('/matter/account')?.required).toBe(false)
    const paid = new Map(fieldsOf(FORM, { matter: { bank: '银行' } }).map((one) => [one.pointer, one]))
    expect(paid.get('/matter/account')?.required).toBe(true)
  })

  it('stand under their headings; what no heading names comes last', () => {
    const sections = sectionsOf(FORM, fieldsOf(FORM, PERSON))
    expect(sections.map((one) => one.fields.length)).toEqual([3, 7, 1])
    expect(sections.at(-1)?.title.zh).toBe('')
  })

  it('begin with what is known: sources, then defaults, also of what these open', () => {
    expect(begun(FORM, {})).toEqual({ applicant: { kind: 'person' } })
    const firm = begun(FORM, { applicant: { kind: 'firm' } })
    expect(firm).toEqual({ applicant: { kind: 'firm', registered: true } })
    expect(pointers(firm)).toContain('/applicant/credit_code')
    expect(begun(FORM, {}, new Set(['/applicant/kind']))).toEqual({})
  })

  it('leave out of the review what is no longer asked for', () => {
    const data = put(PERSON, '/applicant/credit_code', '9142')
    expect(shownValues(fieldsOf(FORM, data), data)).toEqual(PERSON)
  })
})

describe('what is wrong with a form', () => {
  it('is nothing where all is right', () => {
    expect(faults(PERSON)).toEqual({})
  })

  it('is told at each field that is shown, also in a part nobody touched', () => {
    expect(faults({ applicant: { kind: 'person' } })).toEqual({
      '/applicant/name': 'required 姓名',
      '/applicant/id_number': 'required 证件号码',
      '/matter/about': 'required about',
      '/declaration/truth': 'agree truth',
    })
  })

  it('names the rule and its limit', () => {
    const data = put(put(PERSON, '/matter/area', 900), '/applicant/name', '  ')
    const more = put(put(data, '/matter/starts', '2026-02-30'), '/applicant/id_number', '110105194912310021')
    expect(faults(more)).toEqual({
      '/applicant/name': 'required 姓名',
      '/applicant/id_number': 'id 证件号码',
      '/matter/area': 'big area 500',
      '/matter/starts': 'day starts',
    })
    expect(faults(put(PERSON, '/matter/area', '很大'))).toEqual({ '/matter/area': 'number area' })
  })

  it('stands at the cell of a list', () => {
    const rows = [{ name: '李四', phone: '12' }, { phone: '13800138000' }, { name: '王五' }]
    expect(faults(put(PERSON, '/matter/staff', rows))).toEqual({
      '/matter/staff': 'many staff 2',
      '/matter/staff/0/phone': 'phone 电话',
      '/matter/staff/1/name': 'required 姓名',
    })
  })

  it('asks for what another field calls for', () => {
    expect(faults(put(PERSON, '/matter/bank', '银行'))).toEqual({ '/matter/account': 'required 账号' })
  })

  it('as the service says it, once for each place', () => {
    const told = byPointer([
      { pointer: '/a', message: words('一') },
      { pointer: '/a', message: words('二') },
    ])
    expect([...told.values()].map((one) => one.zh)).toEqual(['一'])
  })
})

describe('a schema decides as JSON Schema 2020-12 has it', () => {
  it.each<[string, Schema | boolean, unknown, boolean]>([
    ['nothing is asked of what is not there', { properties: { a: { const: 1 } } }, {}, true],
    ['required', { required: ['a'] }, {}, false],
    ['required asks nothing of what is no object', { required: ['a'] }, 'text', true],
    ['const of an object', { const: { a: [1, { b: null }] } }, { a: [1, { b: null }] }, true],
    ['0 is not false', { const: 0 }, false, false],
    ['1.0 is an integer', { type: 'integer' }, 1.0, true],
    ['a list is no object', { type: 'object' }, [], false],
    ['several types', { type: ['string', 'null'] }, null, true],
    ['letters beyond the basic plane count as one', { maxLength: 1 }, '𠀀', true],
    ['a pattern is found anywhere', { pattern: 'b' }, 'abc', true],
    ['tenths', { multipleOf: 0.1 }, 0.3, true],
    ['one of two that both fit', { oneOf: [{ type: 'number' }, { minimum: 1 }] }, 2, false],
    ['not', { not: { enum: ['x'] } }, 'x', false],
    ['else', { if: { const: 1 }, else: { const: 2 } }, 3, false],
    ['if alone asks nothing', { if: { const: 1 } }, 3, true],
    ['contains', { contains: { const: 1 } }, [2, 3], false],
    ['the same twice', { uniqueItems: true }, [{ a: 1 }, { a: 1 }], false],
    ['false lets nothing pass', { properties: { a: false } }, { a: 1 }, false],
    ['a schema depends on a field', { dependentSchemas: { a: { required: ['b'] } } }, { a: 1 }, false],
    ['a name that objects have by birth', { required: ['toString'] }, {}, false],
    ['a reference, and what stands beside it', { $ref: '#/$defs/n', maximum: 3, $defs: { n: { type: 'number' } } }, 4, false],
    ['an unknown format', { format: 'planet' }, 'x', true],
    ['a pattern that is none', { pattern: '(' }, 'x', true],
  ])('%s', (_what, schema, value, fits) => {
    expect(holds(schema, value)).toBe(fits)
  })

  it('names the place', () => {
    const schema = { properties: { 'a/b': { items: { required: ['~'] } } } }
    expect(broken(schema, { 'a/b': [{}] })).toEqual([{ pointer: '/a~1b/0/~0', rule: 'required' }])
  })
})

describe('pointers', () => {
  it('read and write, and never change what was there', () => {
    const data = { a: { b: [{ c: 1 }] } }
    expect(at(data, '/a/b/0/c')).toBe(1)
    expect(at(data, '/a/b/x')).toBeUndefined()
    expect(at(data, '/a/toString')).toBeUndefined()
    expect(put(data, '/a/b/0/c', 2)).toEqual({ a: { b: [{ c: 2 }] } })
    expect(put(data, '/a/b', undefined)).toEqual({ a: {} })
    expect(put({}, '/x~1y/z', 1)).toEqual({ 'x/y': { z: 1 } })
    expect(data).toEqual({ a: { b: [{ c: 1 }] } })
    expect(same({ a: 1, b: undefined }, { a: 1 })).toBe(false)
  })

  it('have ids of their own', () => {
    const ids = ['/a/b', '/a.b', '/a_b', '/a/0', '/中', '/a~1b'].map(idOf)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('numbers of people and firms', () => {
  it.each([
    ['11010519491231002X', true],
    ['11010519491231002x', true],
    ['110105194912310021', false],
    ['110105194902310021', false],
    ['990105194912310021', false],
    ['11010529491231002X', false],
    ['', false],
  ])('identity number %s', (text, fits) => {
    expect(isIdNumber(text)).toBe(fits)
  })

  it.each([
    ['91350100M000100Y43', true],
    ['91350100m000100y43', true],
    ['91350100M000100Y44', false],
    ['91350100M000101Y43', false],
    ['I1350100M000100Y43', false],
  ])('credit code %s', (text, fits) => {
    expect(isCreditCode(text)).toBe(fits)
  })

  it.each([
    ['13800138000', true],
    ['+86 13800138000', true],
    ['027-82811234', true],
    ['0713-8812345-802', true],
    ['12800138000', false],
    ['82811234', false],
  ])('phone %s', (text, fits) => {
    expect(isPhone(text)).toBe(fits)
  })

  it('days that exist, and numbers as they are typed', () => {
    expect(['2024-02-29', '2026-02-29', '2026-2-9'].map(isDate)).toEqual([true, false, false])
    expect(['1,200.50', ' ', '−3', '1e5', '三'].map(numberOf)).toEqual([1200.5, undefined, -3, '1e5', '三'])
  })
})

describe('what is put right', () => {
  it('is what differs, and what was emptied is said to be', () => {
    const before = { applicant: { kind: 'person', name: '梅安', phone: '1' } }
    const now = { applicant: { kind: 'person', name: '梅平' } }
    const fields = ['kind', 'name', 'phone'].map((name) => ({ pointer: `/applicant/${name}` }) as Field)
    expect(changedOf(fields, before, now)).toEqual({ applicant: { name: '梅平', phone: null } })
    expect(changedOf(fields, before, before)).toEqual({})
  })
})

describe('what must be done once', () => {
  it('goes with one key until it is answered', async () => {
    const keys: string[] = []
    const answers: (() => void)[] = []
    vi.stubGlobal('document', { baseURI: 'http://localhost/' })
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
      if (String(url).includes('/session')) return Promise.resolve(new Response('{"csrf":"x"}'))
      keys.push(new Headers(init.headers).get('Idempotency-Key') ?? '')
      return new Promise<Response>((give) => {
        answers.push(() => {
          give(new Response('{}'))
        })
      })
    })
    const sent = [sendOnce('a', { words: '甲' }), sendOnce('a', { words: '甲' }), sendOnce('a', { words: '乙' })]
    await vi.waitFor(() => {
      expect(keys).toHaveLength(3)
    })
    for (const answer of answers) answer()
    await Promise.all(sent)
    const later = sendOnce('a', { words: '甲' })
    await vi.waitFor(() => {
      expect(keys).toHaveLength(4)
    })
    answers[3]?.()
    await later
    expect(new Set(keys).size).toBe(3)
    expect(keys[0]).toBe(keys[1])
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
    vi.unstubAllGlobals()
  })
})

describe('documents', () => {
  const slot: HallFileSlot = {
    name: 'lease',
    document: 'lease',
    title: words('租赁合同'),
    necessary: true,
    media: ['application/pdf', 'application/ofd', 'image/jpeg'],
    fetchable: true,
    about: 'applicant',
    when: [{ pointer: '/applicant/kind', values: ['firm'] }],
  }
  const evidence = (state: HallEvidence['state'], more: Partial<HallEvidence> = {}): HallEvidence => ({
    id: '1',
    document: { code: 'lease', title: words('租赁合同') },
    state,
    state_text: words(''),
    holder: null,
    purpose: '',
    at: '2026-11-23T00:00:00Z',
    fields: [],
    ...more,
  })

  it('are wanted only where their condition holds', () => {
    expect(wanted(slot, { applicant: { kind: 'firm' } })).toBe(true)
    expect(wanted(slot, { applicant: { kind: 'person' } })).toBe(false)
  })

  it('are fetched before anything is filled in, where it is known who applies', () => {
    const form = (one: Partial<HallFileSlot>): HallForm => ({ ...FORM, files: [{ ...slot, when: [], ...one }] })
    const known = { '/applicant/name': { value: '梅安', source: { title: words('个人信息'), at: '2026-11-23T00:00:00Z' } } }
    expect(isKnown({ ...FORM, prefill: known }, false)).toBe(true)
    expect([isKnown({ ...FORM, prefill: {} }, false), isKnown({ ...FORM, prefill: {} }, true)]).toEqual([false, true])
    expect([beginsFetching(form({}), true), beginsFetching(form({}), false)]).toEqual([true, false])
    for (const one of [{ fetchable: false }, { about: 'representative' as const }, { when: slot.when ?? [] }]) {
      expect(beginsFetching(form(one), true)).toBe(false)
    }
  })

  it('of who represents a firm are fetched once the form names them', () => {
    const own = { ...slot, when: [], about: 'representative' as const }
    expect(fetchableNow(own, { applicant: {} })).toBe(false)
    expect(fetchableNow(own, { applicant: { representative: '梅安' } })).toBe(true)
  })

  it('are given as a file, or by evidence that was agreed to', () => {
    const file = { id: '1', name: 'lease', filename: 'a.pdf', size: 1, type: 'application/pdf', sha256: '', at: '' }
    expect(standing(slot, [], [])).toBe('missing')
    expect(standing({ ...slot, necessary: false }, [], [])).toBe('open')
    expect(standing(slot, [file], [])).toBe('given')
    expect(standing(slot, [], [evidence('found')])).toBe('asked')
    expect(standing(slot, [], [evidence('agreed')])).toBe('agreed')
    expect(standing(slot, [], [evidence('refused')])).toBe('missing')
  })

  it('are looked at before they are sent', () => {
    const file = { name: '合同.PDF', size: 9, type: '' }
    expect(faultOf(file, slot.media)).toBeNull()
    expect(faultOf({ ...file, size: 0 }, slot.media)).toBe('empty')
    expect(faultOf({ ...file, size: 2 ** 30 }, slot.media)).toBe('big')
    expect(faultOf({ name: 'a.exe', size: 1, type: 'application/x-msdownload' }, slot.media)).toBe('kind')
    expect(acceptOf(['application/ofd'])).toBe('application/ofd,.ofd')
  })

  it('fill fields once they are agreed to, and not before', () => {
    const name = fieldsOf(FORM, PERSON).find((one) => one.pointer === '/applicant/name')
    if (!name) throw new Error('there is no such field')
    const card = { document: { code: 'identity', title: words('身份证') }, fields: [{ name: 'name', label: words('姓名'), value: '李四' }] }
    expect(taken(name, [evidence('found', card)])).toBeNull()
    expect(taken(name, [evidence('agreed', card)])?.value).toBe('李四')
    // It was agreed to before anybody said who applies: the field comes filled once it is there.
    expect(filled(FORM, { applicant: { kind: 'person' } }, [evidence('agreed', card)])).toEqual({ applicant: { kind: 'person', name: '李四' } })
    expect(filled(FORM, {}, [evidence('agreed', card)])).toEqual({ applicant: { kind: 'person', name: '李四' } })
    expect(filled(FORM, {}, [evidence('agreed', card)], new Set(['/applicant/name']))).toEqual({ applicant: { kind: 'person' } })
  })
})
