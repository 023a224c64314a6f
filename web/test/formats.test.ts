import { afterEach, describe, expect, it } from 'vitest'

import { area, change, figure, length, lonLat, number, people } from '@/format/numbers'
import { language } from '@/words'

const MINUTES = { decimals: 0, unit: { key: 'minutes', zh: '分钟', en: 'min' } }
const PERCENT = { decimals: 1, unit: { key: 'percent', zh: '%', en: '%' } }
const PLAIN = { decimals: 2, unit: { key: 'none', zh: '', en: '' } }

afterEach(() => {
  language.value = 'zh'
})

describe('numbers', () => {
  it.each([
    [1234567.891, 1, '1,234,567.9'],
    [-3.14159, 2, '−3.14'],
    [-0.001, 1, '0.0'],
    [0, 0, '0'],
    [null, 1, '–'],
    [undefined, 1, '–'],
    [NaN, 1, '–'],
    [Infinity, 1, '–'],
  ])('%s with %i places is %s', (value, places, written) => {
    expect(number(value, places)).toBe(written)
  })

  it('say which way a change goes', () => {
    expect(change(2.25, 1)).toBe('+2.3')
    expect(change(-2.25, 1)).toBe('−2.3')
    expect(change(0.001, 1)).toBe('0.0')
    expect(change(null)).toBe('–')
  })
})

describe('figures', () => {
  it('carry their unit in the language of the reader', () => {
    expect(figure(42.4, MINUTES)).toBe('42 分钟')
    language.value = 'en'
    expect(figure(42.4, MINUTES)).toBe('42 min')
  })

  it('set percent close and leave nothing behind a bare number', () => {
    expect(figure(12.34, PERCENT)).toBe('12.3%')
    expect(figure(1, PLAIN)).toBe('1.00')
    expect(figure(null, MINUTES)).toBe('–')
  })
})

describe('people', () => {
  it('are counted in 万 or in millions', () => {
    expect(people(12_326_518)).toBe('1,233 万')
    expect(people(85_000)).toBe('8.5 万')
    expect(people(9_999)).toBe('9,999')
    language.value = 'en'
    expect(people(12_326_518)).toBe('12.33 million')
    expect(people(85_000)).toBe('85,000')
  })
})

describe('measures', () => {
  it('use the unit that fits', () => {
    expect(length(0.25)).toBe('250 米')
    expect(length(12.346)).toBe('12.35 公里')
    expect(length(345.67)).toBe('345.7 公里')
    expect(area(0.5)).toBe('500,000 平方米')
    expect(area(58_000)).toBe('58,000.0 平方公里')
  })
})

describe('places', () => {
  it('carry their letters', () => {
    expect(lonLat(114.3, 30.59561)).toBe('114.3000°E  30.5956°N')
    expect(lonLat(-70.5, -33)).toBe('70.5000°W  33.0000°S')
    expect(lonLat(190, 0)).toBe('170.0000°W  0.0000°N')
  })
})
