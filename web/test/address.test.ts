import { describe, expect, it } from 'vitest'

import { readView, START, writeView, type View } from '@/state/address'

const FULL: View = {
  ledger: null,
  hall: null,
  language: 'en',
  place: { zoom: 9.25, lon: 114.30001, lat: 30.59999 },
  layer: 'transport.minutes_core@zone',
  scheme: 'quantile',
  classes: 7,
  ramp: 'viridis',
  opacity: 55,
  year: 2020,
  state: 'ring-road',
  compare: { layer: 'transport.people_60@county', state: 'bridge' },
  split: 37,
  pick: { level: 'border', code: '420100-420700' },
  tool: 'measure',
  table: true,
  more: { points: '114.1~30.2,114.3~30.5', from: '114.3,30.6' },
}

describe('the view in the address', () => {
  it('comes back as it was', () => {
    expect(readView(writeView(FULL))).toEqual(FULL)
  })

  it('is empty at the start', () => {
    expect(writeView(START)).toBe('')
    expect(readView('')).toEqual(START)
    expect(readView('#')).toEqual(START)
  })

  it('can be read by people', () => {
    expect(writeView({ ...START, layer: 'transport.minutes_core@zone', pick: { level: 'county', code: '420102' } })).toBe(
      'layer=transport.minutes_core@zone&pick=county/420102',
    )
  })

  it.each<[string, Partial<View>]>([
    ['the same layer beside it, in a scenario', { compare: { layer: null, state: 'bridge' } }],
    ['another layer beside it, as the region is', { compare: { layer: 'x.y@city', state: null } }],
    ['the same on both sides', { compare: { layer: null, state: null } }],
    ['a code with a stroke and a sign', { pick: { level: 'zone', code: '8740a6801ffffff-420102' } }],
    ['Chinese and signs in a parameter', { more: { name: '二桥 & 引道=新建#1%' } }],
    ['a place at the equator', { place: { zoom: 0, lon: 0, lat: 0 } }],
    ['no opacity at all', { opacity: 0 }],
  ])('keeps %s', (_what, change) => {
    const view = { ...START, ...change }
    expect(readView(`#${writeView(view)}`)).toEqual(view)
  })

  it.each([
    'at=north,pole,1',
    'at=9,200,30',
    'at=9,114',
    'classes=best.4',
    'opacity=-3',
    'opacity=many',
    'pick=planet/9',
    'pick=county',
    'year=soon',
    'lang=fr',
  ])('leaves out what it does not understand: %s', (hash) => {
    expect(readView(hash)).toEqual(START)
  })

  it('holds numbers within their bounds', () => {
    expect(readView('classes=equal.99').classes).toBe(9)
    expect(readView('classes=equal.1').classes).toBe(3)
    expect(readView('opacity=400').opacity).toBe(100)
  })
})
