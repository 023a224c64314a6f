import { describe, expect, it } from 'vitest'

import {
  classify,
  classOf,
  equalLimits,
  limitsAboutZero,
  quantileLimits,
  sortedValues,
  type Value,
} from '@/themes/classing'

// A small repeatable generator: tests must not differ from run to run.
function numbers(count: number, seed: number): number[] {
  let state = seed
  return Array.from({ length: count }, () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  })
}

/** The obvious twin: the first class whose limit is not exceeded. */
function slowClass(value: Value, limits: readonly number[]): number {
  if (value === null || !Number.isFinite(value)) return 0
  const at = limits.findIndex((limit) => value <= limit)
  return at < 0 ? limits.length + 1 : at + 1
}

describe('a value belongs to the class whose upper limit it does not exceed', () => {
  const limits = [10, 20, 30]
  it.each([
    [-5, 1],
    [10, 1],
    [10.0001, 2],
    [20, 2],
    [30, 3],
    [31, 4],
    [Infinity, 0],
    [NaN, 0],
    [null, 0],
  ])('%s is in class %i', (value, expected) => {
    expect(classOf(value, limits)).toBe(expected)
  })

  it('as the slow twin says, for many values', () => {
    const values = numbers(2000, 7).map((one) => one * 50 - 5)
    const found = classify(values, limits)
    expect(Array.from(found.classOf)).toEqual(values.map((value) => slowClass(value, limits)))
  })

  it('one class when there is no limit', () => {
    expect(classOf(3, [])).toBe(1)
  })
})

describe('counts', () => {
  it('count every row once, missing ones first', () => {
    const found = classify([1, null, 5, 5, 9, NaN], [2, 6])
    expect(found.counts).toEqual([2, 1, 2, 1])
    expect(found.range).toEqual([1, 9])
  })

  it('know no range where there is no value', () => {
    expect(classify([null, null], []).range).toBeNull()
    expect(classify([], [1]).counts).toEqual([0, 0, 0])
  })
})

describe('quantiles', () => {
  it('put as many values into each class', () => {
    const values = numbers(600, 3)
    const found = classify(values, quantileLimits(sortedValues(values), 6))
    expect(found.counts).toEqual([0, 100, 100, 100, 100, 100, 100])
  })

  it('make fewer classes where values repeat, and none is empty', () => {
    const values = [0, 0, 0, 0, 0, 0, 1, 2]
    const limits = quantileLimits(sortedValues(values), 5)
    expect(limits).toEqual([0, 1])
    expect(classify(values, limits).counts).toEqual([0, 6, 1, 1])
  })

  it('of nothing are none', () => {
    expect(quantileLimits(sortedValues([null]), 5)).toEqual([])
    expect(quantileLimits(sortedValues([4, 4, 4]), 5)).toEqual([])
  })
})

describe('equal intervals', () => {
  it('are equally wide', () => {
    expect(equalLimits(sortedValues([0, 100]), 4)).toEqual([25, 50, 75])
  })

  it('of one value are one class', () => {
    expect(equalLimits(sortedValues([7, 7]), 4)).toEqual([])
  })
})

describe('limits about zero', () => {
  it('lie evenly on both sides', () => {
    expect(limitsAboutZero(sortedValues([-2, 8]), 4)).toEqual([-4, 0, 4])
  })

  it('of no change are none', () => {
    expect(limitsAboutZero(sortedValues([0, 0]), 6)).toEqual([])
  })
})
