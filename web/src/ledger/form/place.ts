// A place as people type it: one point a line, longitude before latitude; or GeoJSON. Pure.
import type { Fields, Json } from '@/api/types_ledger'

type Position = readonly [number, number]

const pointOf = (line: string): Position | null => {
  const parts = line.split(/[\s,，]+/).filter(Boolean)
  const [lon, lat] = parts.map(Number)
  if (parts.length !== 2 || lon === undefined || lat === undefined) return null
  return Number.isFinite(lon + lat) && Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? [lon, lat] : null
}

/** The geometry of a text; null where there is none, undefined where it is not understood. */
export function geometryOf(typed: string): Json | undefined {
  const given = typed.trim()
  if (given === '') return null
  if (given.startsWith('{')) {
    try {
      const found = JSON.parse(given) as Fields
      return typeof found['type'] === 'string' && 'coordinates' in found ? found : undefined
    } catch {
      return undefined
    }
  }
  const points = given.split(/\n|;|；/).filter((line) => line.trim() !== '').map(pointOf)
  if (points.some((one) => one === null)) return undefined
  const [first] = points
  if (points.length === 1 && first) return { type: 'Point', coordinates: first }
  return { type: 'LineString', coordinates: points as Position[] }
}

/** A geometry as it is typed: points line by line, anything else as GeoJSON. */
export function typedPlace(geometry: Json | undefined): string {
  if (!geometry || typeof geometry !== 'object' || Array.isArray(geometry)) return ''
  const { type, coordinates } = geometry as { type?: Json; coordinates?: Json }
  const line = (one: Json): string => (Array.isArray(one) ? one.slice(0, 2).join(', ') : '')
  if (type === 'Point') return line(coordinates ?? null)
  if (type === 'LineString' && Array.isArray(coordinates)) return (coordinates as readonly Json[]).map(line).join('\n')
  return JSON.stringify(geometry)
}
