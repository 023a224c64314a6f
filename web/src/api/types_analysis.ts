// The answers of analysis: isochrones, paths, times, what-ifs, scenarios, proposals.
import type { Words } from '@/words'

import type { Indicator, LonLat, Named } from './types'

type Range = readonly [low: number, high: number]
type Maybe = number | null

export interface Ring {
  readonly minutes: number
  readonly people: number
  readonly zones: number
  readonly area_km2: number
}

export interface Isochrones {
  readonly zone: string
  readonly at: LonLat
  /** By row of the table of zones. */
  readonly minutes: readonly Maybe[]
  readonly rings: readonly Ring[]
  readonly indicator: Indicator
}

export interface WayPart {
  readonly name: string | null
  readonly road_class: Named
  readonly km: number
  readonly minutes: number
}

export interface Way {
  readonly minutes: number
  readonly km: number
  readonly straight_km: number
  readonly kmh: Maybe
  readonly line: GeoJSON.Geometry
  readonly parts: readonly WayPart[]
}

export interface Path {
  readonly zones: readonly [string, string]
  readonly today: Way | null
  readonly scenario: Way | null
  readonly indicator: Indicator
}

export interface Square {
  readonly indicator: Indicator
  readonly values: readonly (readonly Maybe[])[]
}

export interface Times {
  readonly level: string
  readonly state: string | null
  readonly codes: readonly string[]
  readonly names: readonly Words[]
  readonly matrices: readonly Square[]
}

export interface Snap {
  readonly node: number
  readonly at: LonLat
  readonly km: number
}

export interface NearRoad {
  readonly edge: number
  /** All edges of the road: same name and class, joined. */
  readonly edges: readonly number[]
  readonly name: string | null
  readonly road_class: Named
  readonly kmh: number
  readonly km: number
  readonly distance_km: number
  readonly line: GeoJSON.Geometry
  readonly course: GeoJSON.Geometry
}

/** An intervention as requests and scenario files carry it. */
export type InterventionBody =
  | {
      readonly kind: 'add_road'
      readonly from?: LonLat
      readonly to?: LonLat
      readonly tail?: number
      readonly head?: number
      readonly kmh?: Maybe
      readonly road_class?: string | null
      readonly detour?: Maybe
      readonly both_ways?: boolean
      readonly name?: string | null
    }
  | { readonly kind: 'set_speed'; readonly edges: readonly number[]; readonly kmh: number }
  | { readonly kind: 'close_road'; readonly edges: readonly number[] }
  | {
      readonly kind: 'add_facility'
      readonly facility_kind: string
      readonly lon: number
      readonly lat: number
      readonly capacity?: Maybe
      readonly level?: string | null
      readonly name?: string | null
    }
  | {
      readonly kind: 'open_border'
      readonly service: string
      readonly from_city: string
      readonly to_city: string
      readonly share?: number
      readonly both_ways?: boolean
    }

export interface Done {
  readonly text: Words
  readonly record: InterventionBody
  readonly line: GeoJSON.Geometry
  readonly km: number
  /** Lowest and highest, bridges and tunnels included; null where no price is known. */
  readonly cost_million_cny: readonly [number, number] | null
  /** What a new road crosses. */
  readonly remarks: readonly Words[]
}

export interface FigureChange extends Indicator {
  readonly before: Maybe
  readonly after: Maybe
  readonly change: Maybe
  /** Least and greatest change that the range of assumptions allows. */
  readonly low: Maybe
  readonly high: Maybe
}

export interface Share {
  readonly code: string
  readonly people: number
  readonly gain_people: number
  readonly lose_people: number
  /** Those who could not get there before, and those who no longer can. */
  readonly joined_people: number
  readonly cut_people: number
  readonly gain: number
  readonly loss: number
  readonly mean: Maybe
}

export interface Most {
  readonly code: string
  readonly people: number
  readonly before: number
  readonly after: number
  readonly change: number
}

export interface Balance {
  readonly key: string
  readonly threshold: number
  readonly region: Share
  readonly units: Readonly<Record<string, readonly Share[]>>
  readonly winners: Readonly<Record<string, readonly Most[]>>
  readonly losers: Readonly<Record<string, readonly Most[]>>
  readonly zones: readonly Maybe[] | null
}

export interface BorderChange {
  /** None: all borders; one: those of a city; two: a border. */
  readonly codes: readonly string[]
  readonly before: number
  readonly after: number
  readonly points: number
  readonly before_interval: Range
  readonly after_interval: Range
  readonly pairs: number
  readonly found: { readonly low: number; readonly high: number; readonly p: Maybe; readonly verdict: Named } | null
}

export interface MatrixChange {
  readonly key: string
  readonly indicator: Indicator
  readonly level: string
  readonly codes: readonly string[]
  readonly before: readonly (readonly Maybe[])[]
  readonly after: readonly (readonly Maybe[])[]
}

export interface StrandChange {
  readonly strand: string
  readonly name: Words
  readonly headline: readonly string[]
  readonly figures: readonly FigureChange[]
  readonly balances: readonly Balance[]
  readonly borders: readonly BorderChange[]
  readonly border_indicator: Indicator | null
  readonly matrices: readonly MatrixChange[]
  readonly remarks: readonly Words[]
}

export interface Comparison {
  readonly key: string
  readonly title: string
  readonly base: string
  readonly hash: string
  readonly quick: boolean
  readonly seconds: number
  readonly interventions: readonly Done[]
  readonly strands: readonly StrandChange[]
  readonly remarks: readonly Words[]
}

export interface Kept {
  readonly key: string
  readonly title: string
  readonly note: string
  readonly author: string
  readonly created: string
  /** ETag, for If-Match. */
  readonly version: string
  readonly base: string
  readonly current: boolean
  readonly count: number
}

export interface KeptWhole extends Kept {
  readonly interventions: readonly Done[] | null
  readonly remarks: readonly Words[]
  readonly problem: Words | null
}

export interface Draft {
  readonly title: string
  readonly note: string
  readonly interventions: readonly InterventionBody[]
}

export interface Proposal {
  readonly number: number
  readonly strand: string
  readonly strand_name: Words
  readonly rank: number
  readonly kind: Words
  readonly title: Words
  readonly line: GeoJSON.Geometry | null
  readonly indicator: Indicator
  readonly grade: string
  readonly benefit: number
  readonly order: Maybe
  readonly added: Maybe
  readonly cumulative: Maybe
  readonly gains: Readonly<Record<string, number>>
  readonly gains_by_county: Readonly<Record<string, number>>
  readonly payers: Readonly<Record<string, number>>
  readonly cost_million_cny: Range | null
  readonly gain_per_million_cny: Range | null
  readonly stability: {
    readonly draws: number
    readonly top: number
    readonly among: number
    readonly share: Maybe
    readonly rank: Range
    readonly benefit: Range
  } | null
  readonly remarks: readonly Words[]
  readonly assumptions: Words
  readonly record: InterventionBody
}

export interface Job {
  readonly id: string
  readonly kind: string
  readonly status: 'waiting' | 'running' | 'done' | 'failed'
  readonly stage: Words | null
  readonly done: number
  readonly of: number | null
  readonly result: string | null
  readonly problem: Words | null
}

/** A row of GET /scenarios/table. */
export interface ScenarioRow {
  readonly scenario: string
  readonly title: string
  readonly told: string
  readonly level: string
  readonly code: string
  readonly to: string | null
  readonly indicator: string
  readonly before: number | null
  readonly after: number | null
  readonly change: number | null
  readonly change_low: number | null
  readonly change_high: number | null
}
