// The stage: the maps on show and what tools may do with them. Tools draw through `draw` and
// `erase`, never on a map directly: the stage repeats a drawing on the second map of a comparison
// and on maps that are made later.
import type { GeoJSONSource, LayerSpecification, LngLat, Map as MapLibre, MapMouseEvent } from 'maplibre-gl'
import { shallowRef } from 'vue'

import type { Box, LonLat } from '@/api/types'

import { AREAS, BASE, TOP } from './style'

export type Side = 'main' | 'other'
type Features = GeoJSON.FeatureCollection
/** A style layer without its id and source, which the stage gives it. */
export type DrawnLayer = LayerSpecification extends infer L
  ? L extends { source: string }
    ? Omit<L, 'id' | 'source' | 'source-layer'>
    : never
  : never

interface Drawing {
  readonly features: Features
  readonly layers: readonly DrawnLayer[]
  readonly side: Side | 'both'
}

export type ClickTaker = (at: LonLat, event: MapMouseEvent) => void

/** The maps whose style is loaded; `other` only during a comparison. */
export const maps = shallowRef<ReadonlyMap<Side, MapLibre>>(new Map())

/** Where the pointer is; null when it is not over the map. */
export const pointer = shallowRef<LonLat | null>(null)

/** Room that panels take from the map, in pixels: a box is fitted into what is left. */
export const room = shallowRef({ top: 0, right: 0, bottom: 0, left: 0 })

/** Tiles that could not be had: the map has holes. */
export const holes = shallowRef(false)

/** Ask for all tiles again. */
export function mend(): void {
  holes.value = false
  for (const map of maps.value.values()) for (const source of [AREAS, BASE]) map.refreshTiles(source)
}

const drawings = new Map<string, Drawing>()
const takers: ClickTaker[] = []
/** The pointer looks like a cross while a tool takes clicks. */
export const taking = shallowRef(false)

function apply(map: MapLibre, side: Side, key: string, drawing: Drawing): void {
  if (drawing.side !== 'both' && drawing.side !== side) return
  const source = map.getSource<GeoJSONSource>(key)
  if (source) {
    source.setData(drawing.features)
    return
  }
  map.addSource(key, { type: 'geojson', data: drawing.features })
  drawing.layers.forEach((layer, at) => {
    const whole = { ...layer, id: `${key}-${at}`, source: key } as LayerSpecification
    map.addLayer(whole, layer.type === 'symbol' ? undefined : TOP)
  })
}

function clear(map: MapLibre, key: string): void {
  for (const layer of map.getStyle().layers) {
    if ('source' in layer && layer.source === key) map.removeLayer(layer.id)
  }
  if (map.getSource(key)) map.removeSource(key)
}

/** Draw features under a name of your own; drawing again under it replaces the features. */
export function draw(
  key: string,
  features: Features,
  layers: readonly DrawnLayer[],
  side: Side | 'both' = 'both',
): void {
  const drawing = { features, layers, side }
  drawings.set(key, drawing)
  for (const [where, map] of maps.value) apply(map, where, key, drawing)
}

export function erase(key: string): void {
  drawings.delete(key)
  for (const map of maps.value.values()) clear(map, key)
}

/** A map is ready: it gets every drawing there is. Called by the pane that made it. */
export function enter(side: Side, map: MapLibre): void {
  maps.value = new Map(maps.value).set(side, map)
  for (const [key, drawing] of drawings) apply(map, side, key, drawing)
}

export function leave(side: Side): void {
  const rest = new Map(maps.value)
  rest.delete(side)
  maps.value = rest
}

/**
 * Take the map's clicks instead of selecting what lies there, until the returned function is
 * called. The latest taker has them.
 */
export function takeClicks(taker: ClickTaker): () => void {
  takers.push(taker)
  taking.value = true
  return () => {
    const at = takers.indexOf(taker)
    if (at >= 0) takers.splice(at, 1)
    taking.value = takers.length > 0
  }
}

/** Hand a click to a tool; false when none wants it. */
export function offerClick(event: MapMouseEvent): boolean {
  const taker = takers.at(-1)
  if (!taker) return false
  taker(lonLatOf(event.lngLat), event)
  return true
}

export const lonLatOf = (place: LngLat): LonLat => [place.lng, place.lat]

const calm = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches

/** Show a box between the panels. */
export function fit(box: Box, mostZoom = 12): void {
  const map = maps.value.get('main')
  if (!map) return
  map.fitBounds([...box] as [number, number, number, number], {
    padding: withMargin(),
    maxZoom: mostZoom,
    animate: !calm(),
    duration: 700,
  })
}

export function withMargin(margin = 28): { top: number; right: number; bottom: number; left: number } {
  const { top, right, bottom, left } = room.value
  return { top: top + margin, right: right + margin, bottom: bottom + margin, left: left + margin }
}

/** The middle of what panels leave of a map, in its pixels. */
export function middle(map: MapLibre): { x: number; y: number } {
  const { clientWidth: wide, clientHeight: high } = map.getContainer()
  const { top, right, bottom, left } = room.value
  return { x: (left + wide - right) / 2, y: (top + high - bottom) / 2 }
}

/** Show a point, at least as close as `zoom`. */
export function show(at: LonLat, zoom = 10): void {
  const map = maps.value.get('main')
  if (!map) return
  const { top, right, bottom, left } = room.value
  map.easeTo({
    center: [at[0], at[1]],
    zoom: Math.max(zoom, map.getZoom()),
    // Not as padding: that would stay with the map.
    offset: [(left - right) / 2, (top - bottom) / 2],
    animate: !calm(),
    duration: 700,
  })
}

/** Move a point that panels hide into what they leave of the map; else leave the map as it is. */
export function reveal(at: LonLat): void {
  const map = maps.value.get('main')
  if (!map) return
  const { x, y } = map.project([at[0], at[1]])
  const { clientWidth: wide, clientHeight: high } = map.getContainer()
  const { top, right, bottom, left } = withMargin(48)
  const beyond = (value: number, low: number, top: number): number => Math.min(0, value - low) + Math.max(0, value - top)
  const by: [number, number] = [beyond(x, left, wide - right), beyond(y, top, high - bottom)]
  if (by[0] !== 0 || by[1] !== 0) map.panBy(by, { animate: !calm(), duration: 300 })
}
