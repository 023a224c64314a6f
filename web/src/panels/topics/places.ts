// Rows of a ranking on the map, and in the address as `ranking.row`. Pure.
import type { Examination, RankedRow, Ranking } from '@/api/topics'

export interface Chosen {
  readonly ranking: number
  readonly row: number
}

export function readChosen(text: string | null, found: Examination | null): Chosen | null {
  const match = /^(\d{1,3})\.(\d{1,5})$/.exec(text ?? '')
  if (!match) return null
  const [ranking, row] = [Number(match[1]), Number(match[2])]
  return found?.rankings[ranking]?.rows[row] ? { ranking, row } : null
}

export const writeChosen = ({ ranking, row }: Chosen): string => `${ranking}.${row}`

/** Rows listed before the reader asks for all. */
export const FIRST = 10

type Spot = readonly number[]

const length = (line: readonly Spot[]): number =>
  line.slice(1).reduce((sum, at, before) => {
    const from = line[before] ?? at
    return sum + Math.hypot((at[0] ?? 0) - (from[0] ?? 0), (at[1] ?? 0) - (from[1] ?? 0))
  }, 0)

const middle = (line: readonly Spot[]): Spot | undefined => line[Math.floor(line.length / 2)]

/** Where the number of a row stands: at its point, or in the middle of its longest piece. */
export function labelAt(geometry: GeoJSON.Geometry): Spot | undefined {
  if (geometry.type === 'Point') return geometry.coordinates
  if (geometry.type === 'LineString') return middle(geometry.coordinates)
  if (geometry.type !== 'MultiLineString') return undefined
  const [first, ...others] = geometry.coordinates
  return middle(others.reduce((best, one) => (length(one) > length(best) ? one : best), first ?? []))
}

/** What is drawn of a ranking: a feature for each row that lies somewhere, and one for its number. */
export const rowFeatures = (ranking: Ranking, chosen: number | null, most: number): GeoJSON.Feature[] =>
  ranking.rows.flatMap((row: RankedRow, at) => {
    if (!row.geometry || (at >= most && at !== chosen)) return []
    const shown = { chosen: at === chosen }
    const label = labelAt(row.geometry)
    const made: GeoJSON.Feature[] = [{ type: 'Feature', properties: shown, geometry: row.geometry }]
    if (label) {
      const spot = { type: 'Point' as const, coordinates: [...label] }
      made.push({ type: 'Feature', properties: { ...shown, number: String(at + 1) }, geometry: spot })
    }
    return made
  })
