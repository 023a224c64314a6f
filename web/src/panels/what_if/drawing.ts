// What is drawn, as a value and as text in the address. Pure.
import type { InterventionBody } from '@/api/types_analysis'
import type { LonLat } from '@/api/types'

export type Ends =
  | { readonly by: 'points'; readonly from: LonLat; readonly to: LonLat }
  | { readonly by: 'nodes'; readonly tail: number; readonly head: number }

export interface NewRoad {
  readonly kind: 'add_road'
  readonly ends: Ends
  /** Null: that of its class, or the service's usual one. */
  readonly kmh: number | null
  readonly roadClass: string | null
  /** Length of the road by the straight distance; null: the region's usual one. */
  readonly detour: number | null
  readonly bothWays: boolean
  readonly name: string | null
}

export interface NewSpeed {
  readonly kind: 'set_speed'
  readonly edges: readonly number[]
  readonly kmh: number
}

export interface Closure {
  readonly kind: 'close_road'
  readonly edges: readonly number[]
}

/** A border that opens for one service: it names cities, and means the same in every version of the data. */
export interface Opening {
  readonly kind: 'open_border'
  readonly service: string
  readonly from: string
  readonly to: string
  readonly share: number
  readonly bothWays: boolean
}

/** A new facility at a point. */
export interface NewFacility {
  readonly kind: 'add_facility'
  readonly what: string
  readonly at: LonLat
  readonly capacity: number | null
  readonly level: string | null
  readonly name: string | null
}

export type Drawn = NewRoad | NewSpeed | Closure | Opening | NewFacility
export type Drawing = readonly Drawn[]

export const SLOWEST = 1
export const FASTEST = 400
export const MOST_DETOUR = 10

/** Whether it names rows of the road network, which mean something in one version of the data alone. */
export const namesRows = (one: Drawn): boolean =>
  one.kind === 'add_road' ? one.ends.by === 'nodes' : one.kind === 'set_speed' || one.kind === 'close_road'

/** As a request carries it. */
export function bodyOf(one: Drawn): InterventionBody {
  if (one.kind === 'close_road') return { kind: 'close_road', edges: one.edges }
  if (one.kind === 'set_speed') return { kind: 'set_speed', edges: one.edges, kmh: one.kmh }
  if (one.kind === 'add_facility') {
    const { what, at, capacity, level, name } = one
    return { kind: 'add_facility', facility_kind: what, lon: at[0], lat: at[1], capacity, level, name }
  }
  if (one.kind === 'open_border') {
    const { service, from, to, share, bothWays } = one
    return { kind: 'open_border', service, from_city: from, to_city: to, share, both_ways: bothWays }
  }
  const ends =
    one.ends.by === 'points' ? { from: one.ends.from, to: one.ends.to } : { tail: one.ends.tail, head: one.ends.head }
  return {
    kind: 'add_road',
    ...ends,
    kmh: one.kmh,
    road_class: one.roadClass,
    detour: one.detour,
    both_ways: one.bothWays,
    name: one.name,
  }
}

/** From a scenario or a proposal. */
export function drawnOf(body: InterventionBody): Drawn {
  if (body.kind === 'close_road') return { kind: 'close_road', edges: body.edges }
  if (body.kind === 'set_speed') return { kind: 'set_speed', edges: body.edges, kmh: body.kmh }
  if (body.kind === 'add_facility') {
    return {
      kind: 'add_facility',
      what: body.facility_kind,
      at: [body.lon, body.lat],
      capacity: body.capacity ?? null,
      level: body.level ?? null,
      name: body.name ?? null,
    }
  }
  if (body.kind === 'open_border') {
    return {
      kind: 'open_border',
      service: body.service,
      from: body.from_city,
      to: body.to_city,
      share: body.share ?? 1,
      bothWays: body.both_ways ?? true,
    }
  }
  const { from, to, tail, head } = body
  const ends: Ends =
    from && to ? { by: 'points', from, to } : { by: 'nodes', tail: tail ?? 0, head: head ?? 0 }
  return {
    kind: 'add_road',
    ends,
    kmh: body.kmh ?? null,
    roadClass: body.road_class ?? null,
    detour: body.detour ?? null,
    bothWays: body.both_ways ?? true,
    name: body.name ?? null,
  }
}

/** Rows as ranges: 3,4,5,9 is 3-5.9. Their order is kept where it does not ascend. */
export function writeRows(rows: readonly number[]): string {
  const runs: [number, number][] = []
  for (const row of rows) {
    const last = runs.at(-1)
    if (last?.[1] === row - 1) last[1] = row
    else runs.push([row, row])
  }
  return runs.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join('.')
}

const MOST_ROWS = 20_000

export function readRows(text: string): number[] | null {
  const rows: number[] = []
  for (const run of text.split('.')) {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(run)
    if (!match) return null
    const from = Number(match[1])
    const to = match[2] === undefined ? from : Number(match[2])
    if (to < from || rows.length + to - from >= MOST_ROWS) return null
    for (let row = from; row <= to; row += 1) rows.push(row)
  }
  return rows
}

// A name may hold what parts the items.
const writeName = (name: string | null): string => encodeURIComponent(name ?? '').replaceAll('~', '%7E')

function readName(text: string | undefined): string | null {
  try {
    return decodeURIComponent(text ?? '').slice(0, 200) || null
  } catch {
    return null
  }
}

const place = (value: number): string => String(Number(value.toFixed(5)))
const orNone = (value: number | string | null): string => (value === null ? '' : String(value))

function writeOne(one: Drawn): string {
  if (one.kind === 'close_road') return `c,${writeRows(one.edges)}`
  if (one.kind === 'set_speed') return `s,${one.kmh},${writeRows(one.edges)}`
  if (one.kind === 'add_facility') {
    const { what, at, capacity, level, name } = one
    return ['f', what, ...at.map(place), orNone(capacity), writeName(level), writeName(name)].join(',')
  }
  if (one.kind === 'open_border') {
    return ['o', one.service, one.from, one.to, one.share, one.bothWays ? '2' : '1'].join(',')
  }
  const rest = [orNone(one.kmh), orNone(one.detour), one.bothWays ? '2' : '1', orNone(one.roadClass), writeName(one.name)]
  const { ends } = one
  return ends.by === 'points'
    ? ['r', ...[...ends.from, ...ends.to].map(place), ...rest].join(',')
    : ['n', ends.tail, ends.head, ...rest].join(',')
}

function within(text: string | undefined, low: number, high: number): number | null {
  if (text === undefined || text === '') return null
  const value = Number(text)
  return value >= low && value <= high ? value : null
}

function readRoad(ends: Ends, rest: readonly string[]): NewRoad {
  const [kmh, detour, ways, roadClass, name] = rest
  return {
    kind: 'add_road',
    ends,
    kmh: within(kmh, SLOWEST, FASTEST),
    detour: within(detour, 1, MOST_DETOUR),
    bothWays: ways !== '1',
    roadClass: roadClass || null,
    name: readName(name),
  }
}

function readOne(text: string): Drawn | null {
  const [kind, ...fields] = text.split(',')
  if (kind === 'c') {
    const edges = readRows(fields[0] ?? '')
    return edges && { kind: 'close_road', edges }
  }
  if (kind === 's') {
    const kmh = within(fields[0], SLOWEST, FASTEST)
    const edges = readRows(fields[1] ?? '')
    return edges && kmh !== null ? { kind: 'set_speed', edges, kmh } : null
  }
  if (kind === 'f') {
    const [what = '', x, y, capacity, level, name] = fields
    const lon = within(x, -180, 180)
    const lat = within(y, -90, 90)
    return /^\w{1,40}$/.test(what) && lon !== null && lat !== null
      ? { kind: 'add_facility', what, at: [lon, lat], capacity: within(capacity, 0, 1e12), level: readName(level), name: readName(name) }
      : null
  }
  if (kind === 'o') {
    const [service = '', from = '', to = '', share, ways] = fields
    const open = within(share, 0, 1)
    const named = [service, from, to].every((one) => /^\w{1,40}$/.test(one))
    return named && open !== null ? { kind: 'open_border', service, from, to, share: open, bothWays: ways !== '1' } : null
  }
  if (kind === 'r') {
    const [x = NaN, y = NaN, toX = NaN, toY = NaN] = fields.slice(0, 4).map((one) => (one === '' ? NaN : Number(one)))
    const sound = Math.abs(x) <= 180 && Math.abs(toX) <= 180 && Math.abs(y) <= 90 && Math.abs(toY) <= 90
    return sound ? readRoad({ by: 'points', from: [x, y], to: [toX, toY] }, fields.slice(4)) : null
  }
  if (kind === 'n' && /^\d{1,9}$/.test(fields[0] ?? '') && /^\d{1,9}$/.test(fields[1] ?? '')) {
    return readRoad({ by: 'nodes', tail: Number(fields[0]), head: Number(fields[1]) }, fields.slice(2))
  }
  return null
}

const MARK = 8

/** What the address carries; `hash` is that of the data's version. Null: nothing is drawn. */
export function writeDrawing(drawing: Drawing, hash: string): string | null {
  return drawing.length === 0 ? null : [hash.slice(0, MARK), ...drawing.map(writeOne)].join('~')
}

export interface Read {
  readonly drawing: Drawing
  /** Items that were not understood. */
  readonly lost: number
  /** Items left out because they name rows of another version of the data. */
  readonly outdated: number
}

/** Read what an address carries. Rows of another version are left out: they would be other roads. */
export function readDrawing(text: string | null, hash: string): Read {
  if (!text) return { drawing: [], lost: 0, outdated: 0 }
  const [mark, ...items] = text.split('~')
  const found = items.map(readOne)
  const known = found.filter((one) => one !== null)
  const same = mark === hash.slice(0, MARK)
  const drawing = known.filter((one) => same || !namesRows(one))
  return { drawing, lost: found.length - known.length, outdated: known.length - drawing.length }
}
