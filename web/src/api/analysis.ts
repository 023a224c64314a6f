// The endpoints of analysis, what-ifs, scenarios and proposals.
import { address, get, send } from './client'
import type { LonLat } from './types'
import type {
  Comparison,
  Draft,
  InterventionBody,
  Isochrones,
  Job,
  Kept,
  KeptWhole,
  NearRoad,
  Path,
  Proposal,
  ScenarioRow,
  Snap,
  Times,
} from './types_analysis'

export * from './types_analysis'

type State = string | null
const part = encodeURIComponent

/** A point as addresses and requests carry it: a metre, no more. */
export const written = (at: LonLat): string => `${Number(at[0].toFixed(5))},${Number(at[1].toFixed(5))}`

const there = <T>(answer: T | null): T => {
  if (answer === null) throw new TypeError('an answer without a body')
  return answer
}

export const analysis = {
  isochrones: (at: LonLat, minutes: string, state: State, signal?: AbortSignal) =>
    get<Isochrones>('isochrones', { lon: at[0], lat: at[1], minutes, state }, signal),
  path: (from: LonLat, to: LonLat, state: State, signal?: AbortSignal) =>
    get<Path>('paths', { from: written(from), to: written(to), state }, signal),
  times: (level: string, state: State, signal?: AbortSignal) => get<Times>('times', { level, state }, signal),
  snap: (at: LonLat, signal?: AbortSignal) => get<Snap>('snap', { lon: at[0], lat: at[1] }, signal),
  roadsNear: (at: LonLat, within: number, signal?: AbortSignal) =>
    get<{ roads: NearRoad[] }>('roads/near', { lon: at[0], lat: at[1], within_km: within }, signal).then((answer) => answer.roads),
  whatIf: (interventions: readonly InterventionBody[], quick: boolean, signal?: AbortSignal) =>
    send<Comparison>('POST', 'what-ifs', { body: { interventions, quick }, ...(signal ? { signal } : {}) }).then(
      there,
    ),
  comparison: (key: string, signal?: AbortSignal) =>
    get<Comparison>(`scenarios/${part(key)}/comparison`, {}, signal),
  /** Proposals, or the job that is looking for them. */
  proposals: (state: State, signal?: AbortSignal) =>
    get<{ items: Proposal[] } | { job: string }>('proposals', { state }, signal),
  job: (id: string, signal?: AbortSignal) => get<Job>(`jobs/${part(id)}`, {}, signal),
}

export const shelf = {
  list: (signal?: AbortSignal) =>
    get<{ items: Kept[]; damaged: { name: string; reason: { zh: string; en: string } }[] }>('scenarios', {}, signal),
  one: (key: string, signal?: AbortSignal) => get<KeptWhole>(`scenarios/${part(key)}`, {}, signal),
  add: (draft: Draft) => send<Kept>('POST', 'scenarios', { body: draft }).then(there),
  change: (key: string, draft: Draft, version: string) =>
    send<Kept>('PUT', `scenarios/${part(key)}`, { body: draft, ifMatch: version }).then(there),
  remove: (key: string, version: string) => send('DELETE', `scenarios/${part(key)}`, { ifMatch: version }),
  takeIn: (file: File) => {
    const body = new FormData()
    body.append('file', file)
    return send<Kept>('POST', 'scenarios/file', { body }).then(there)
  },
  table: (keys: readonly string[], signal?: AbortSignal) =>
    get<{ columns: string[]; rows: ScenarioRow[] }>('scenarios/table', { keys: keys.join(',') }, signal),
}

/** Addresses of files to save. */
export const analysisFiles = {
  isochrones: (at: LonLat, minutes: string, state: State, format: 'geojson' | 'csv') =>
    address('isochrones', { lon: at[0], lat: at[1], minutes, state, format }),
  times: (level: string, state: State, format: 'csv' | 'xlsx') => address('times', { level, state, format }),
  scenario: (key: string) => address(`scenarios/${part(key)}/file`),
  table: (keys: readonly string[], format: 'csv' | 'xlsx') =>
    address('scenarios/table', { keys: keys.join(','), format }),
}
