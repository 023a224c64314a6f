// The answers of the API, written by hand from its contract. Keys are those on the wire.
import type { Words } from '@/words'

export type LonLat = readonly [lon: number, lat: number]
export type Box = readonly [west: number, south: number, east: number, north: number]

export type AreaLevel = 'zone' | 'county' | 'city'
export type Level = AreaLevel | 'border' | 'road'
export type CardLevel = Level | 'group' | 'region' | 'link'

/** A named choice with its words: a unit, a nature, a verdict. */
export interface Named extends Words {
  readonly key: string
}

export interface Indicator {
  readonly key: string
  readonly title: Words
  readonly about: Words
  readonly unit: Named
  readonly decimals: number
  readonly better: 'higher' | 'lower' | 'neither'
  readonly nature: Named
  readonly grade: string
  readonly sources: readonly string[]
  readonly remarks: readonly Words[]
}

export interface Problem {
  readonly type: string
  readonly title: Words
  readonly status: number
  readonly detail: Words
  readonly where?: string
  readonly errors?: readonly { readonly where: string; readonly text: Words }[]
}

export interface Session {
  readonly mode: 'local' | 'login'
  readonly who: {
    readonly name: string
    readonly display: string
    /** Whether a second factor is set up; not there where the service has none. */
    readonly second_factor?: boolean
    readonly unit: string | null
    readonly roles: readonly { readonly key: string; readonly name: Words; readonly city: string | null }[]
  } | null
  readonly permissions: readonly string[]
  readonly csrf: string
  /** Key of the region served; null: there is none, only the ledger. */
  readonly region?: string | null
  /** Whether the service has a ledger. */
  readonly ledger?: boolean
  /** Whether the service is a node of the shared services. */
  readonly hall?: boolean
  /** Another login, of the office's own house: its name and where it begins. */
  readonly oidc?: { readonly title: Words; readonly start: string } | null
}

export interface Unit {
  readonly code: string
  readonly name: Words
  readonly people: number | null
  readonly lon: number
  readonly lat: number
  readonly row: number
}

export interface County extends Unit {
  readonly city: string
}

export interface Source {
  readonly key: string
  readonly title: Words
  readonly date: string
  readonly licence: Words
  readonly grade: string
  readonly url: string | null
}

export interface Assumption {
  readonly key: string
  readonly name: Words
  readonly value: number
  readonly low: number | null
  readonly high: number | null
  readonly unit: Words
  readonly why: Words
}

export interface RoadClass {
  readonly key: string
  readonly name: Words
  readonly kmh: number
  readonly cost_million_cny_per_km?: readonly [number, number]
}

/** A kind of road that can be drawn. */
export interface NewRoadClass {
  readonly key: string
  readonly name: Words
  readonly road_class: string
  readonly kmh: number
  readonly cost_million_cny_per_km: readonly [number, number] | null
}

export interface Region {
  readonly key: string
  readonly hash: string
  readonly name: Words
  readonly bbox: Box
  readonly core_city: string
  readonly schema_version: number
  readonly built: string
  readonly counts: Readonly<
    Record<'people' | 'zones' | 'counties' | 'cities' | 'road_nodes' | 'road_edges', number>
  >
  readonly cities: readonly Unit[]
  readonly counties: readonly County[]
  readonly groups: readonly {
    readonly id: string
    readonly name: Words
    readonly role: Words
    readonly counties: readonly string[]
  }[]
  readonly sources: readonly Source[]
  readonly assumptions: readonly Assumption[]
  readonly quality: readonly Words[]
  readonly version: {
    readonly current: string
    readonly can_undo: boolean
    readonly can_redo: boolean
  }
  readonly road_classes: readonly RoadClass[]
  readonly new_roads: readonly NewRoadClass[]
  readonly tiles: string
}

export interface TileJson {
  readonly tiles: readonly string[]
  readonly minzoom: number
  readonly maxzoom: number
  readonly bounds?: Box
}

export interface Scale {
  readonly limits: readonly number[]
  readonly colours: readonly string[]
}

export interface Layer {
  readonly key: string
  readonly strand: string
  readonly strand_name: Words
  readonly level: Level
  readonly indicator: Indicator
  readonly scale: Scale
  readonly missing: string
  readonly years: readonly number[]
}

export interface AreaValues {
  readonly key: string
  readonly level: AreaLevel
  readonly state: string | null
  readonly values: readonly (number | null)[]
  readonly low: readonly (number | null)[] | null
  readonly high: readonly (number | null)[] | null
  readonly codes?: readonly string[]
}

export interface BorderLine {
  readonly a: string
  readonly b: string
  readonly value: number | null
  readonly faint: boolean
  readonly verdict: Named | null
  readonly interval: readonly [number, number] | null
  readonly variants: readonly [number, number] | null
  readonly p: number | null
}

export interface BorderValues {
  readonly key: string
  readonly level: 'border'
  readonly state: string | null
  readonly lines: readonly BorderLine[]
}

/** Figures of road edges: their rows, which are their ids in the tiles, and a figure for each. */
export interface RoadValues {
  readonly key: string
  readonly level: 'road'
  readonly state: string | null
  readonly edges: readonly number[]
  readonly values: readonly (number | null)[]
}

export type LayerValues = AreaValues | BorderValues | RoadValues

/** What stands behind a border effect; ranges in percent. */
export interface BorderBasis {
  readonly verdict: Named
  readonly interval: readonly [number, number]
  readonly variants: readonly [number, number]
  readonly variant_count: number
  /** Share of made-up borders that are as bad or worse. */
  readonly p: number | null
  readonly chance_borders: number
  readonly pairs: number
  readonly permeability: number
}

export interface Figure extends Indicator {
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
  /** The value as the region is, when a scenario is shown. */
  readonly before?: number | null
  /** Places as in sport: 1, 2, 2, 4; `tied`: others on the same place. */
  readonly rank: { readonly place: number; readonly of: number; readonly tied: number } | null
  readonly trend: readonly { readonly year: number; readonly value: number | null }[]
  /** From where to where a figure between two cities runs. */
  readonly between: { readonly from: string; readonly to: string; readonly words: Words } | null
  readonly border: BorderBasis | null
}

export interface Card {
  readonly level: CardLevel
  readonly code: string
  /** Feature id in the tiles, for zones, counties, cities and roads. */
  readonly row: number | null
  readonly title: Words
  readonly under: readonly {
    readonly level: CardLevel
    readonly code: string
    readonly title: Words
  }[]
  readonly at: LonLat | null
  readonly bbox: Box | null
  readonly facts: readonly { readonly title: Words; readonly text: Words }[]
  readonly figures: readonly Figure[]
  readonly remarks: readonly Words[]
  readonly dossier: { readonly kind: string; readonly code: string } | null
}

export interface Hit {
  readonly kind: 'city' | 'county' | 'zone' | 'group' | 'place' | 'road' | 'border' | 'point'
  readonly code: string
  readonly title: Words
  readonly under: Words | null
  readonly at: LonLat
  readonly bbox: Box | null
}

export interface Scenario {
  readonly key: string
  readonly title: string
  readonly note: string
}
