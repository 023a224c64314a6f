// Distances and areas on the sphere with the Earth's mean radius (IUGG 1980): within 0.6 % of the
// ellipsoid. Pure.
import type { LonLat } from '@/api/types'

const RADIUS_KM = 6371.0088
const radians = (degrees: number): number => (degrees * Math.PI) / 180

/** Great-circle distance, by the haversine formula. */
export function distanceKm(a: LonLat, b: LonLat): number {
  const lat = radians(b[1] - a[1])
  const lon = radians(b[0] - a[0])
  const h =
    Math.sin(lat / 2) ** 2 + Math.cos(radians(a[1])) * Math.cos(radians(b[1])) * Math.sin(lon / 2) ** 2
  return 2 * RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)))
}

export function lengthKm(points: readonly LonLat[]): number {
  let total = 0
  points.forEach((point, at) => {
    const before = points[at - 1]
    if (before) total += distanceKm(before, point)
  })
  return total
}

/**
 * Area inside a ring of points, closed by itself. After Chamberlain and Duquette, Some Algorithms
 * for Polygons on a Sphere (JPL 2007), eq. 4.
 */
export function areaKm2(ring: readonly LonLat[]): number {
  if (ring.length < 3) return 0
  let total = 0
  ring.forEach(([, lat], at) => {
    const before = ring[(at + ring.length - 1) % ring.length]
    const after = ring[(at + 1) % ring.length]
    if (before && after) total += radians(after[0] - before[0]) * Math.sin(radians(lat))
  })
  return Math.abs((total * RADIUS_KM ** 2) / 2)
}
