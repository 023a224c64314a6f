// One function for each endpoint the map reads; types say what comes back.
import { address, get } from './client'
import type {
  AreaLevel,
  Card,
  CardLevel,
  Hit,
  Layer,
  LayerValues,
  Region,
  Scenario,
  TileJson,
} from './types'

export * from './types'
export { address, ApiProblem, forgetToken, get, send } from './client'

/** Of which state of the region an answer speaks; null is the region as it is. */
export type State = string | null

const part = encodeURIComponent

export const api = {
  region: (signal?: AbortSignal) => get<Region>('region', {}, signal),
  tiles: (signal?: AbortSignal) => get<TileJson>('tiles.json', {}, signal),
  layers: (signal?: AbortSignal) =>
    get<{ layers: Layer[] }>('layers', {}, signal).then((answer) => answer.layers),
  values: (key: string, state: State, year: number | null, signal?: AbortSignal) =>
    get<LayerValues>(`layers/${part(key)}/values`, { state, year }, signal),
  card: (level: CardLevel, code: string, state: State, signal?: AbortSignal) =>
    get<Card>(`cards/${part(level)}/${part(code)}`, { state }, signal),
  search: (q: string, signal?: AbortSignal) =>
    get<{ hits: Hit[] }>('search', { q, limit: 10 }, signal).then((answer) => answer.hits),
  scenarios: (signal?: AbortSignal) =>
    get<{ items: Scenario[] } | Scenario[]>('scenarios', { per_page: 200 }, signal).then((answer) =>
      Array.isArray(answer) ? answer : (answer as { items: Scenario[] }).items,
    ),
}

/** Addresses of files to save. */
export const files = {
  layer: (key: string, format: 'csv' | 'geojson' | 'parquet' | 'arrow', state: State, year: number | null) =>
    address(`layers/${part(key)}/values`, { format, state, year }),
  /** All figures of a level. */
  level: (level: AreaLevel, format: 'xlsx' | 'csv' | 'geojson' | 'parquet' | 'arrow', state: State) =>
    address(`exports/${level}`, { format, state }),
  dossier: (kind: string, code: string, lang: string, format: 'html' | 'docx', state: State) =>
    address(`dossiers/${part(kind)}/${part(code)}`, { lang, format, state }),
}
