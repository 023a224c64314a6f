import { describe, expect, it } from 'vitest'

import type { LonLat } from '@/api/types'
import { areaKm2, distanceKm, lengthKm } from '@/map/geodesy'
import { kmAPixel, scaleAt } from '@/map/scale'
import { mix, take } from '@/themes/ramps'

describe('distances and areas on the sphere', () => {
  it('a degree of the equator is the circumference by 360', () => {
    expect(distanceKm([0, 0], [1, 0])).toBeCloseTo((2 * Math.PI * 6371.0088) / 360, 6)
  })

  it('half way round is half the circumference, whichever way', () => {
    expect(distanceKm([0, 0], [180, 0])).toBeCloseTo(Math.PI * 6371.0088, 6)
    expect(distanceKm([10, 90], [100, -90])).toBeCloseTo(Math.PI * 6371.0088, 6)
  })

  it('a way is the sum of its pieces', () => {
    const way: LonLat[] = [
      [114, 30],
      [114.5, 30],
      [114.5, 30.5],
    ]
    const [a, b, c] = way as [LonLat, LonLat, LonLat]
    expect(lengthKm(way)).toBeCloseTo(distanceKm(a, b) + distanceKm(b, c), 9)
    expect(lengthKm([a])).toBe(0)
  })

  it('an eighth of the sphere has its area', () => {
    // Dense along the equator is not needed: the edges of this triangle are meridians and equator.
    const octant: LonLat[] = [
      [0, 0],
      [90, 0],
      [90, 90],
      [0, 90],
    ]
    expect(areaKm2(octant)).toBeCloseTo((4 * Math.PI * 6371.0088 ** 2) / 8, 3)
  })

  it('does not hang on the direction of the ring, and needs three points', () => {
    const ring: LonLat[] = [
      [114, 30],
      [115, 30],
      [115, 31],
      [114, 31],
    ]
    expect(areaKm2(ring)).toBeCloseTo(areaKm2([...ring].reverse()), 6)
    expect(areaKm2(ring)).toBeGreaterThan(10_000)
    expect(areaKm2(ring.slice(0, 2))).toBe(0)
  })
})

describe('scale', () => {
  it('halves with each zoom', () => {
    expect(kmAPixel(30, 9)).toBeCloseTo(kmAPixel(30, 8) / 2, 12)
  })

  it.each([4, 7.3, 9, 12.5, 16])('at zoom %d the bar is a round length that fits', (zoom) => {
    const bar = scaleAt(30.6, zoom)
    expect(bar.pixels).toBeLessThanOrEqual(110)
    expect(bar.pixels).toBeGreaterThan(40)
    expect(Number(bar.km.toPrecision(1))).toBeCloseTo(bar.km, 12)
    expect(bar.pixels * kmAPixel(30.6, zoom)).toBeCloseTo(bar.km, 9)
  })
})

describe('colours', () => {
  it('mix and keep their ends', () => {
    expect(mix('#000000', '#ffffff', 0.5)).toBe('#808080')
    expect(take(['#000000', '#ffffff'], 3)).toEqual(['#000000', '#808080', '#ffffff'])
    expect(take(['#000000', '#ff0000', '#ffffff'], 2)).toEqual(['#000000', '#ffffff'])
    expect(take(['#000000', '#ffffff'], 1)).toEqual(['#808080'])
  })
})
