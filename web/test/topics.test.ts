import { describe, expect, it } from 'vitest'

import { topicOf, type Examination, type Ranking } from '@/api/topics'
import { changed, readWeights, weightOf, writeWeights } from '@/panels/index/weights'
import { labelAt, readChosen, rowFeatures, writeChosen } from '@/panels/topics/places'
import { waitFor, JobFailed } from '@/state/waiting'
import { isDark, mix } from '@/themes/ramps'

const words = (text: string): { zh: string; en: string } => ({ zh: text, en: text })
const row = (name: string, geometry: GeoJSON.Geometry | null): Ranking['rows'][number] => ({
  name: words(name),
  values: [1],
  cities: [],
  geometry,
  bbox: null,
  remarks: [],
})
const point: GeoJSON.Geometry = { type: 'Point', coordinates: [1, 2] }
const ranking: Ranking = {
  key: 'x',
  title: words('x'),
  about: words(''),
  columns: [],
  rows: [row('a', point), row('b', null), row('c', point), row('d', point)],
  total: 4,
  remarks: [],
}
const found = { rankings: [ranking] } as unknown as Examination

describe('a row of a ranking', () => {
  it('stands in the address and comes back', () => {
    expect(readChosen(writeChosen({ ranking: 0, row: 2 }), found)).toEqual({ ranking: 0, row: 2 })
  })

  it('is none where the list has no such row', () => {
    for (const text of ['0.4', '1.0', '-1.0', 'a.b', '', null]) expect(readChosen(text, found)).toBeNull()
    expect(readChosen('0.0', null)).toBeNull()
  })

  it('is drawn under its rank, the chosen one however far down', () => {
    const numbers = (chosen: number | null, most: number): unknown[] =>
      rowFeatures(ranking, chosen, most)
        .filter((one) => one.properties?.['number'])
        .map((one) => [one.properties?.['number'], one.properties?.['chosen']])
    expect(numbers(null, 2)).toEqual([['1', false]])
    expect(numbers(3, 2)).toEqual([
      ['1', false],
      ['4', true],
    ])
    expect(rowFeatures(ranking, null, 2)).toHaveLength(2)
  })

  it('has its number once, on its longest piece', () => {
    const short = [[0, 0], [1, 0]]
    const long = [[5, 5], [6, 6], [9, 9]]
    expect(labelAt({ type: 'MultiLineString', coordinates: [short, long, short] })).toEqual([6, 6])
    expect(labelAt({ type: 'LineString', coordinates: short })).toEqual([1, 0])
    expect(labelAt(point)).toEqual([1, 2])
    expect(labelAt({ type: 'MultiLineString', coordinates: [] })).toBeUndefined()
  })
})

describe('the layer of a topic', () => {
  it('names its topic', () => {
    expect(topicOf('transport.cuts:transport.hours@road')).toBe('transport.cuts')
    expect(topicOf('transport.minutes_core@zone')).toBeNull()
    expect(topicOf(null)).toBeNull()
  })
})

describe('what takes long', () => {
  const job = (status: 'running' | 'done' | 'failed') => ({
    id: 'j',
    kind: 'topic',
    status,
    stage: null,
    done: 1,
    of: 2,
    result: null,
    problem: status === 'failed' ? words('why') : null,
  })
  const asking = (answers: object[], jobs: ReturnType<typeof job>[], told: string[]) => ({
    ask: () => Promise.resolve(answers.shift() as { found: number }),
    askJob: () => Promise.resolve(jobs.shift() as never),
    tell: (one: { status: string }) => told.push(one.status),
    failed: words('failed'),
  })

  it('is asked for again until it is there', async () => {
    const told: string[] = []
    const parts = asking([{ job: 'j' }, { found: 1 }], [job('running'), job('running'), job('done')], told)
    expect(await waitFor(parts, new AbortController().signal, 1)).toEqual({ found: 1 })
    expect(told).toEqual(['running', 'running'])
  })

  it('says why it failed', async () => {
    const parts = asking([{ job: 'j' }], [job('failed')], [])
    const failed = await waitFor(parts, new AbortController().signal, 1).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(JobFailed)
    expect((failed as JobFailed).detail.zh).toBe('why')
  })
})

describe('colours', () => {
  it('may be written short', () => {
    expect(mix('#fff', '#000', 0.5)).toBe(mix('#ffffff', '#000000', 0.5))
    expect(isDark('#333')).toBe(true)
  })
})

describe('weights of the index', () => {
  it('stand in the address and come back', () => {
    const text = 'transport:2,livelihood:0.5'
    expect(writeWeights(readWeights(text))).toBe(text)
    expect(writeWeights(readWeights('transport:1'))).toBeNull()
  })

  it('leave out what is no weight', () => {
    expect([...readWeights('transport:9,a:-1,b,c:0,d:1:2,:3')]).toEqual([['c', 0]])
    expect(readWeights(null).size).toBe(0)
  })

  it('are one where nothing is said', () => {
    expect(weightOf(readWeights('transport:2'), 'science')).toBe(1)
  })

  it('are never all zero', () => {
    const parts = ['transport', 'livelihood']
    const one = changed(readWeights('transport:0'), 'livelihood', 0, parts)
    expect(writeWeights(one)).toBe('transport:0')
    expect(writeWeights(changed(one, 'transport', 3, parts))).toBe('transport:3')
  })
})
