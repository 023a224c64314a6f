// Places and lines as text and as features. Pure.
import type { LonLat } from '@/api/types'

/** Read `lon,lat`; null when it is no place. */
export function readPlace(given: string | null): LonLat | null {
  const parts = (given ?? '').split(',')
  const [lon, lat] = parts.map((part) => (part.trim() === '' ? NaN : Number(part)))
  if (parts.length !== 2 || lon === undefined || lat === undefined) return null
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? [lon, lat] : null
}

export const points = (places: readonly (LonLat | null)[], properties: readonly object[] = []): GeoJSON.Feature[] =>
  places.flatMap((at, index) =>
    at
      ? [
          {
            type: 'Feature' as const,
            properties: { ...properties[index], at: index },
            geometry: { type: 'Point' as const, coordinates: [...at] },
          },
        ]
      : [],
  )

export const collection = (features: readonly GeoJSON.Feature[]): GeoJSON.FeatureCollection => ({
  type: 'FeatureCollection',
  features: [...features],
})

/** The box around geometries; null around nothing. */
export function boxOf(geometries: readonly (GeoJSON.Geometry | null)[]): [number, number, number, number] | null {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  const walk = (part: unknown): void => {
    if (!Array.isArray(part)) return
    const [x, y] = part as unknown[]
    if (typeof x === 'number' && typeof y === 'number') {
      box[0] = Math.min(box[0], x)
      box[1] = Math.min(box[1], y)
      box[2] = Math.max(box[2], x)
      box[3] = Math.max(box[3], y)
    } else part.forEach(walk)
  }
  for (const one of geometries) if (one && 'coordinates' in one) walk(one.coordinates)
  return box[0] <= box[2] ? box : null
}
