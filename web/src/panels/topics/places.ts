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

/** What is drawn of a ranking: a feature for each row that lies somewhere, numbered from 1. */
export const rowFeatures = (ranking: Ranking, chosen: number | null, most: number): GeoJSON.Feature[] =>
  ranking.rows.flatMap((row: RankedRow, at) =>
    row.geometry && (at < most || at === chosen)
      ? [
          {
            type: 'Feature' as const,
            properties: { number: String(at + 1), chosen: at === chosen },
            geometry: row.geometry,
          },
        ]
      : [],
  )
