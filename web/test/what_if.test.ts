import { describe, expect, it } from 'vitest'

import { readLimits } from '@/panels/analysis/limits'
import { boxOf, readPlace } from '@/panels/shared/geometry'
import { changeColours, changeLimits, isGood, roundDown } from '@/panels/what_if/change_theme'
import {
  bodyOf,
  drawnOf,
  readDrawing,
  readRows,
  writeDrawing,
  writeRows,
  type Drawing,
} from '@/panels/what_if/drawing'
import { begun, follow, redone, undone } from '@/panels/what_if/history'
import { compareRows } from '@/panels/what_if/scenario_rows'
import { classOf } from '@/themes/classing'

const HASH = '0123456789abcdef'
const DRAWING: Drawing = [
  {
    kind: 'add_road',
    ends: { by: 'points', from: [114.35, 30.5], to: [114.9, 30.42] },
    kmh: 100,
    roadClass: 'motorway',
    detour: null,
    bothWays: true,
    name: '武鄂~黄, 一期 100%',
  },
  {
    kind: 'add_road',
    ends: { by: 'nodes', tail: 7, head: 12 },
    kmh: null,
    roadClass: null,
    detour: 1.3,
    bothWays: false,
    name: null,
  },
  { kind: 'set_speed', edges: [3, 4, 5, 9], kmh: 62.5 },
  { kind: 'close_road', edges: [0] },
  { kind: 'open_border', service: 'health', from: '421100', to: '420100', share: 0.5, bothWays: false },
  { kind: 'add_facility', what: 'hospital', at: [114.3, 30.6], capacity: 500, level: '三级', name: null },
]

describe('a drawing in the address', () => {
  it('comes back as it was', () => {
    const text = writeDrawing(DRAWING, HASH)
    expect(readDrawing(text, HASH)).toEqual({ drawing: DRAWING, lost: 0, outdated: 0 })
  })

  it('is not there when nothing is drawn', () => {
    expect(writeDrawing([], HASH)).toBeNull()
    expect(readDrawing(null, HASH).drawing).toEqual([])
  })

  it('never takes rows of another version of the data', () => {
    const read = readDrawing(writeDrawing(DRAWING, HASH), 'ffffffffffff')
    // What stands by itself: points and cities.
    expect(read.drawing).toEqual([DRAWING[0], ...DRAWING.slice(-2)])
    expect(read.outdated).toBe(3)
  })

  it('leaves out what it does not understand, and says so', () => {
    for (const bad of ['x,1', 'r,1,2,3', 'r,999,0,1,1,50', 's,0,4', 's,60,9-4', 'c,', 'c,1-99999999', 'n,a,2', 'r,,,,', 'o,health,420100', 'o,health,1,2,3,2']) {
      expect(readDrawing(`${HASH.slice(0, 8)}~${bad}`, HASH), bad).toEqual({ drawing: [], lost: 1, outdated: 0 })
    }
  })

  it('goes into requests and comes from records', () => {
    for (const one of DRAWING) expect(drawnOf(bodyOf(one))).toEqual(one)
  })

  it('writes rows as ranges', () => {
    expect(writeRows([3, 4, 5, 9])).toBe('3-5.9')
    expect(readRows('3-5.9')).toEqual([3, 4, 5, 9])
    expect(readRows(writeRows([9, 3, 4]))).toEqual([9, 3, 4])
  })
})

describe('undo and redo', () => {
  it('walks back and forward', () => {
    const two = follow(follow(begun(null), 'a'), 'b')
    expect(undone(two).now).toBe('a')
    expect(undone(undone(two)).now).toBeNull()
    expect(undone(undone(undone(two))).now).toBeNull()
    expect(redone(undone(two))).toEqual(two)
    expect(redone(two)).toEqual(two)
  })

  it('takes steps of the browser as its own', () => {
    const two = follow(follow(begun(null), 'a'), 'b')
    expect(follow(two, 'a')).toEqual(undone(two))
    expect(follow(follow(two, 'a'), 'b')).toEqual(two)
  })

  it('forgets what was undone once something new is drawn', () => {
    expect(follow(undone(follow(begun(null), 'a')), 'c').future).toEqual([])
  })
})

describe('a change in classes', () => {
  it('mirrors about zero, with no change in the middle', () => {
    const limits = changeLimits([-12, -8, -3, 0, 0, 2, null], 1)
    expect(limits).toEqual([...limits].map((limit) => -limit).reverse())
    expect(limits.every((limit, at) => at === 0 || limit > (limits[at - 1] ?? 0))).toBe(true)
    expect(classOf(0, limits)).toBe(limits.length / 2 + 1)
    expect(classOf(-12, limits)).toBe(1)
  })

  it('has one class when nothing changes', () => {
    expect(changeLimits([0, 0, null, 1e-12], 1)).toEqual([])
    expect(changeColours(1, 'lower')).toHaveLength(1)
  })

  it('goes below the threshold when all changes are small', () => {
    const limits = changeLimits([0.2, 0.3, 0.5], 1)
    expect(Math.min(...limits.map(Math.abs))).toBeLessThan(0.5)
  })

  it('paints the better side in the same colour, whichever way the figure runs', () => {
    expect(changeColours(7, 'lower')).toEqual(changeColours(7, 'higher').reverse())
  })

  it('rounds down to 1, 2 or 5', () => {
    expect([0.7, 1, 3.9, 9.99, 12_000].map(roundDown)).toEqual([0.5, 1, 2, 5, 10_000])
  })

  it('knows what is good', () => {
    expect([isGood(-1, 'lower'), isGood(-1, 'higher'), isGood(0, 'lower'), isGood(5, 'neither')]).toEqual([
      true,
      false,
      null,
      null,
    ])
  })
})

describe('scenarios side by side', () => {
  const row = (scenario: string, indicator: string, change: number, told = 'figure', level = 'region') => ({
    scenario,
    title: scenario,
    told,
    level,
    code: 'wuhan',
    to: null,
    indicator,
    before: 10,
    after: 10 + change,
    change,
    change_low: null,
    change_high: null,
  })

  it('puts a figure into a row and a scenario into a column; what changes comes first', () => {
    const rows = compareRows(
      [row('a', 'still', 0), row('a', 'moving', 1), row('b', 'moving', 2), row('a', 'moving', 9, 'figure', 'city')],
      ['b', 'a'],
    )
    expect(rows.map((one) => one.indicator)).toEqual(['moving', 'still'])
    expect(rows[0]?.cells.map((cell) => cell?.change)).toEqual([2, 1])
    expect(rows[1]?.cells[0]).toBeNull()
    expect(rows[0]?.before).toBe(10)
  })
})

describe('places and limits as text', () => {
  it('reads a place', () => {
    expect(readPlace('114.3,30.6')).toEqual([114.3, 30.6])
    for (const bad of [null, '', '114.3', '1,2,3', 'a,b', '200,0', ',']) expect(readPlace(bad), String(bad)).toBeNull()
  })

  it('reads limits in any order, with Chinese commas', () => {
    expect(readLimits('60，15、30 30')).toEqual([15, 30, 60])
    for (const bad of ['', '0', '-5,10', 'a', '481', '1,2,3,4,5,6,7,8,9']) expect(readLimits(bad), bad).toBeNull()
  })

  it('finds the box around lines', () => {
    const line: GeoJSON.Geometry = { type: 'MultiLineString', coordinates: [[[1, 2], [3, 0]], [[-1, 5]]] }
    expect(boxOf([line, null])).toEqual([-1, 0, 3, 5])
    expect(boxOf([null])).toBeNull()
  })
})
