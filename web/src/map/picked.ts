// The picked unit, line or road, drawn so that it stands out.
import type { Map as MapLibre } from 'maplibre-gl'

import type { AreaLevel, Card, Region } from '@/api/types'
import type { Pick } from '@/state/address'

import { SOURCE_LAYER } from './hover'
import { AREAS, BASE, INK, ZONE_OUTLINES } from './style'

const MARK = 'picked'

const empty: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] }

interface Marked {
  readonly level: AreaLevel
  readonly row: number
}
const marked = new WeakMap<MapLibre, readonly Marked[]>()

function rowOf(pick: Pick, region: Region, card: Card | null): number | null {
  if (pick.code.startsWith('@')) return Number(pick.code.slice(1))
  if (pick.level === 'road') return Number(pick.code)
  const units = pick.level === 'city' ? region.cities : pick.level === 'county' ? region.counties : []
  const known = units.find((unit) => unit.code === pick.code)?.row
  return known ?? (card?.code === pick.code ? card.row : null)
}

/** The units to be outlined: the one picked, or the counties of a group. */
function unitsOf(pick: Pick, row: number | null, region: Region): Marked[] {
  if (pick.level === 'group') {
    const members = new Set(region.groups.find((group) => group.id === pick.code)?.counties ?? [])
    return region.counties.filter((one) => members.has(one.code)).map((one) => ({ level: 'county', row: one.row }))
  }
  const isArea = pick.level === 'zone' || pick.level === 'county' || pick.level === 'city'
  return isArea && row !== null ? [{ level: pick.level as AreaLevel, row }] : []
}

function mark(map: MapLibre, next: readonly Marked[]): void {
  const set = (unit: Marked, on: boolean): void => {
    map.setFeatureState({ source: AREAS, sourceLayer: SOURCE_LAYER[unit.level], id: unit.row }, { picked: on })
  }
  for (const unit of marked.get(map) ?? []) set(unit, false)
  for (const unit of next) set(unit, true)
  marked.set(map, next)
}

/** Pieces of a line that lie in the tiles at hand: where they meet, no seam is seen. */
function pieces(map: MapLibre, pick: Pick, row: number | null): GeoJSON.FeatureCollection {
  const [a, b] = pick.code.split('-')
  const found =
    pick.level === 'border'
      ? map.querySourceFeatures(BASE, {
          sourceLayer: 'city_lines',
          filter: ['all', ['==', ['get', 'a'], a ?? ''], ['==', ['get', 'b'], b ?? '']],
        })
      : map.querySourceFeatures(BASE, { sourceLayer: 'roads', filter: ['==', ['id'], row ?? -1] })
  return {
    type: 'FeatureCollection',
    features: found.map(({ geometry }) => ({ type: 'Feature', properties: {}, geometry })),
  }
}

function pointOf(card: Card | null): GeoJSON.FeatureCollection {
  if (!card?.at) return empty
  const geometry: GeoJSON.Point = { type: 'Point', coordinates: [...card.at] }
  return { type: 'FeatureCollection', features: [{ type: 'Feature', properties: {}, geometry }] }
}

function put(map: MapLibre, key: string, data: GeoJSON.FeatureCollection, layer: 'line' | 'circle'): void {
  const source = map.getSource(key)
  if (source && 'setData' in source) {
    ;(source as unknown as { setData: (data: GeoJSON.FeatureCollection) => void }).setData(data)
    return
  }
  map.addSource(key, { type: 'geojson', data })
  map.addLayer(
    layer === 'line'
      ? {
          id: key,
          type: 'line',
          source: key,
          layout: { 'line-cap': 'round', 'line-join': 'round' },
          paint: { 'line-color': INK.accent, 'line-width': 4 },
        }
      : {
          id: key,
          type: 'circle',
          source: key,
          // A zone is a dot from afar; closer its outline shows it.
          maxzoom: ZONE_OUTLINES,
          paint: {
            'circle-radius': 7,
            'circle-color': 'rgba(0,0,0,0)',
            'circle-stroke-color': INK.accent,
            'circle-stroke-width': 2.5,
          },
        },
    'places',
  )
}

/** Draw what is picked; `card` tells the row and place of units that the page does not know. */
export function markPick(map: MapLibre, pick: Pick | null, region: Region, card: Card | null): void {
  const row = pick && rowOf(pick, region, card)
  mark(map, pick ? unitsOf(pick, row, region) : [])
  const isLine = pick?.level === 'border' || pick?.level === 'road'
  put(map, `${MARK}-line`, pick && isLine ? pieces(map, pick, row) : empty, 'line')
  put(map, `${MARK}-point`, pick?.level === 'zone' ? pointOf(card) : empty, 'circle')
}
