// What lies under the pointer, and what a click selects.
import type { Map as MapLibre, MapGeoJSONFeature, MapMouseEvent, PointLike } from 'maplibre-gl'
import { shallowRef } from 'vue'

import type { AreaLevel } from '@/api/types'
import { region } from '@/state/region'
import type { Pick } from '@/state/address'
import type { RoadTheme, Theme } from '@/themes/theme'

import { lonLatOf, middle, offerClick, pointer, taking, type Side } from './stage'
import { AREAS } from './style'

export const SOURCE_LAYER: Readonly<Record<AreaLevel, string>> = {
  zone: 'zones',
  county: 'counties',
  city: 'cities',
}

/** The unit under the pointer, by row; null when there is none. */
export interface Hovered {
  readonly level: AreaLevel
  readonly row: number
  readonly x: number
  readonly y: number
}
export const hovered = shallowRef<Hovered | null>(null)

/** A border line under the pointer, by the cities' codes. */
export const hoveredBorder = shallowRef<{ codes: string; x: number; y: number } | null>(null)

/** A road that the theme knows under the pointer, by its row. */
export const hoveredRoad = shallowRef<{ edge: number; x: number; y: number } | null>(null)

/** Which of two maps the pointer is on. */
export const hoveredSide = shallowRef<Side>('main')

interface Following {
  readonly side: Side
  readonly theme: () => Theme | null
  readonly picked: (pick: Pick | null) => void
}

/** The fill that is there whenever units of a level can be meant. */
const GROUND: Readonly<Record<AreaLevel, string>> = {
  zone: 'area-zone',
  county: 'ground-county',
  city: 'land',
}

const LINE_REACH = 6
const ROAD_ZOOM = 11

const around = ({ x, y }: { x: number; y: number }): [PointLike, PointLike] => [
  [x - LINE_REACH, y - LINE_REACH],
  [x + LINE_REACH, y + LINE_REACH],
]

const bordersAt = (map: MapLibre, event: MapMouseEvent): MapGeoJSONFeature[] =>
  map.queryRenderedFeatures(around(event.point), { layers: ['borders', 'borders-faint'] })

/** The nearest of the roads that a theme colours; tiles hold others too. */
function roadAt(map: MapLibre, event: MapMouseEvent, theme: RoadTheme): number | null {
  for (const { id } of map.queryRenderedFeatures(around(event.point), { layers: ['roads-theme'] })) {
    if (typeof id === 'number' && theme.at.has(id)) return id
  }
  return null
}

/** The level whose units the pointer means: that of the theme, else counties. */
const levelOf = (theme: Theme | null): AreaLevel => (theme?.kind === 'area' ? theme.level : 'county')

function unitAt(map: MapLibre, event: MapMouseEvent, level: AreaLevel): number | null {
  const id = map.queryRenderedFeatures(event.point, { layers: [GROUND[level]] })[0]?.id
  return typeof id === 'number' ? id : null
}

/** The pick for a unit. Tiles carry no codes of zones: `@` and the row stand for it. */
export function pickOfUnit(level: AreaLevel, row: number): Pick | null {
  if (level === 'zone') return { level, code: `@${row}` }
  const units = level === 'city' ? region.data.value?.cities : region.data.value?.counties
  const known = units?.find((unit) => unit.row === row)
  return known ? { level, code: known.code } : null
}

function clickAt(map: MapLibre, event: MapMouseEvent, theme: Theme | null): Pick | null {
  if (theme?.kind === 'border') {
    const line = bordersAt(map, event)[0]?.properties
    if (line) return { level: 'border', code: `${String(line['a'])}-${String(line['b'])}` }
  }
  if (theme?.kind === 'road') {
    const edge = roadAt(map, event, theme)
    if (edge !== null) return { level: 'road', code: String(edge) }
  }
  // Further out a click on a road would be luck.
  const roads =
    map.getZoom() >= ROAD_ZOOM ? map.queryRenderedFeatures(around(event.point), { layers: ['roads'] }) : []
  const road = roads[0]?.id
  if (typeof road === 'number') return { level: 'road', code: String(road) }
  const level = levelOf(theme)
  const row = unitAt(map, event, level)
  return row === null ? null : pickOfUnit(level, row)
}

/** Enter on the focused map is a click in the middle of what panels leave of it. */
function pressByKey(map: MapLibre): void {
  const canvas = map.getCanvas()
  canvas.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return
    const { left, top } = canvas.getBoundingClientRect()
    const { x, y } = middle(map)
    const where = { clientX: left + x, clientY: top + y, bubbles: true, cancelable: true, view: window }
    for (const kind of ['mousedown', 'mouseup', 'click']) canvas.dispatchEvent(new MouseEvent(kind, where))
  })
}

/** Follow the pointer over a map: highlight, tell what is there, select on a click. */
export function followPointer(map: MapLibre, { side, theme, picked }: Following): void {
  let marked: { level: AreaLevel; row: number } | null = null
  let waiting: MapMouseEvent | null = null

  const mark = (next: { level: AreaLevel; row: number } | null): void => {
    if (marked?.level === next?.level && marked?.row === next?.row) return
    const set = (unit: { level: AreaLevel; row: number }, on: boolean): void => {
      map.setFeatureState({ source: AREAS, sourceLayer: SOURCE_LAYER[unit.level], id: unit.row }, { hovered: on })
    }
    if (marked) set(marked, false)
    if (next) set(next, true)
    marked = next
  }

  const look = (): void => {
    const event = waiting
    waiting = null
    // Before the style is there; tiles on their way are no hindrance.
    if (!event || !map.getLayer(GROUND.zone)) return
    const shown = theme()
    const line = shown?.kind === 'border' ? bordersAt(map, event)[0]?.properties : undefined
    hoveredBorder.value = line
      ? { codes: `${String(line['a'])}-${String(line['b'])}`, x: event.point.x, y: event.point.y }
      : null
    const edge = shown?.kind === 'road' && !taking.value ? roadAt(map, event, shown) : null
    hoveredRoad.value = edge === null ? null : { edge, x: event.point.x, y: event.point.y }
    const level = levelOf(shown)
    const row = shown?.kind === 'area' && !taking.value ? unitAt(map, event, level) : null
    mark(row === null ? null : { level, row })
    hovered.value = row === null ? null : { level, row, x: event.point.x, y: event.point.y }
    map.getCanvas().style.cursor = taking.value ? 'crosshair' : row !== null || line || edge !== null ? 'pointer' : ''
  }

  map.on('mousemove', (event) => {
    pointer.value = lonLatOf(event.lngLat)
    hoveredSide.value = side
    // At most one look for each frame: queries are not free over many zones.
    if (!waiting) requestAnimationFrame(look)
    waiting = event
  })
  map.on('mouseout', () => {
    pointer.value = null
    waiting = null
    mark(null)
    hovered.value = null
    hoveredBorder.value = null
    hoveredRoad.value = null
  })
  pressByKey(map)
  map.on('click', (event) => {
    if (offerClick(event)) return
    picked(clickAt(map, event, theme()))
  })
}
