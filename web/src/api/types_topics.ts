// What topics and the index answer.
import type { Words } from '@/words'

import type { Assumption, BorderBasis, Box, Indicator, Layer, Named } from './types'

export interface Topic {
  readonly key: string
  readonly strand: string
  readonly strand_name: Words
  readonly title: Words
  readonly about: Words
}

type Values = readonly (number | null)[]

export interface FigureTable {
  readonly level: 'region' | 'group' | 'city' | 'county'
  readonly codes: readonly string[]
  readonly names: readonly Words[]
  readonly columns: readonly {
    readonly key: string
    readonly values: Values
    readonly low: Values | null
    readonly high: Values | null
  }[]
}

export interface PairFigures {
  readonly indicator: Indicator
  readonly level: string
  readonly from_codes: readonly string[]
  readonly from_names: readonly Words[]
  readonly to_codes: readonly string[]
  readonly to_names: readonly Words[]
  readonly values: readonly Values[]
}

export interface BorderEffect {
  /** None: all borders; one: a city against the rest; two: the border between them. */
  readonly codes: readonly string[]
  readonly title: Words
  readonly indicator: Indicator
  readonly percent: number
  readonly low: number
  readonly high: number
  readonly basis: BorderBasis
  readonly remarks: readonly Words[]
}

export interface RankedRow {
  readonly name: Words
  readonly values: Values
  readonly cities: readonly string[]
  readonly geometry: GeoJSON.Geometry | null
  readonly bbox: Box | null
  readonly remarks: readonly Words[]
}

export interface Ranking {
  readonly key: string
  readonly title: Words
  readonly about: Words
  readonly columns: readonly Indicator[]
  readonly rows: readonly RankedRow[]
  readonly total: number
  readonly remarks: readonly Words[]
}

export interface Examination extends Topic {
  readonly state: string | null
  readonly indicators: readonly Indicator[]
  readonly headline: readonly string[]
  readonly tables: readonly FigureTable[]
  readonly matrices: readonly PairFigures[]
  readonly borders: readonly BorderEffect[]
  readonly rankings: readonly Ranking[]
  readonly layers: readonly Layer[]
  readonly remarks: readonly Words[]
  readonly assumptions: readonly Assumption[]
}

type Ends = readonly [number | null, number | null]

export interface IndexPart {
  readonly strand: string
  readonly strand_name: Words
  /** Share of all weights, 0 to 1. */
  readonly weight: number
  readonly permeability: number
  readonly uncapped: number | null
  readonly capped: boolean
  readonly interval: Ends
  readonly clustered: Ends
  readonly variants: Ends
  readonly lacking: number
  readonly without: number
  readonly effect: BorderEffect
  readonly beside: readonly BorderEffect[]
}

export interface IntegrationIndex {
  readonly state: string | null
  readonly indicator: Indicator
  readonly value: number | null
  readonly interval: Ends
  readonly clustered: Ends
  readonly variants: Ends
  readonly verdict: Named
  readonly parts: readonly IndexPart[]
  readonly missing: readonly { readonly strand: string; readonly strand_name: Words; readonly reason: Words }[]
  readonly companions: readonly { readonly indicator: Indicator; readonly value: number }[]
  readonly structure: {
    readonly indicators: readonly Indicator[]
    readonly tables: readonly FigureTable[]
    readonly remarks: readonly Words[]
  }
  /** Groups by role, the whole region last. */
  readonly scorecards: readonly Ranking[]
}
