// The base map, drawn from the region's own tiles. No glyph server: without one MapLibre draws
// every letter with the fonts of the reader's system, Chinese and Latin alike.
import type {
  ExpressionSpecification,
  LayerSpecification,
  StyleSpecification,
} from 'maplibre-gl'

import { address } from '@/api/client'
import type { Region, TileJson } from '@/api/types'
import type { Language } from '@/words'

/** Colours of the base map; those of the interface stand in styles/tokens.css. */
export const INK = {
  outside: '#e9edef',
  land: '#fbfbf8',
  water: '#bcd8e6',
  waterLine: '#9cc3d8',
  road: '#8d9499',
  motorway: '#6d757b',
  rail: '#5c6166',
  county: '#9aa3a9',
  city: '#3c4a52',
  label: '#1f2b31',
  halo: '#ffffff',
  mark: '#111a1f',
  accent: '#d2491a',
} as const

/** Areas and the rest come as two sources, so that a new theme does not redraw the labels. */
export const AREAS = 'areas'
export const BASE = 'base'

// Written as a list: the browser's own names come first, WenQuanYi and Noto on Linux.
const FONTS = ['PingFang SC,Microsoft YaHei,Noto Sans CJK SC,WenQuanYi Micro Hei,sans-serif']

export const placeName = (language: Language): ExpressionSpecification =>
  language === 'zh'
    ? ['coalesce', ['get', 'zh'], ['get', 'en'], '']
    : ['coalesce', ['get', 'en'], ['get', 'zh'], '']

const byZoom = (...stops: number[]): ExpressionSpecification =>
  ['interpolate', ['exponential', 1.5], ['zoom'], ...stops] as unknown as ExpressionSpecification

// Ranks of roads: 0 motorway, 1 trunk, 2 primary and so on; of places: 0 core, 1 city, 2 county.
const rank: ExpressionSpecification = ['coalesce', ['get', 'rank'], 9]

// Important roads wider; MapLibre wants zoom outermost, rank inside each stop.
const roadWidth = (scale: number): ExpressionSpecification => [
  'interpolate',
  ['exponential', 1.5],
  ['zoom'],
  6,
  ['step', rank, 0.8 * scale, 1, 0.55 * scale, 2, 0.4 * scale, 3, 0.25 * scale],
  10,
  ['step', rank, 1.7 * scale, 1, 1.25 * scale, 2, 1 * scale, 3, 0.6 * scale],
  14,
  ['step', rank, 5.5 * scale, 1, 5 * scale, 2, 4 * scale, 3, 3 * scale, 5, 2 * scale],
]

const areaFill = (id: string, layer: string): LayerSpecification => ({
  id,
  type: 'fill',
  source: AREAS,
  'source-layer': layer,
  layout: { visibility: 'none' },
  paint: { 'fill-color': INK.land, 'fill-antialias': false },
})

// Always there and never seen: how the unit under the pointer is found. Zones only where they are
// painted, for they are many.
const ground = (id: string, layer: string): LayerSpecification => ({
  id,
  type: 'fill',
  source: AREAS,
  'source-layer': layer,
  paint: { 'fill-opacity': 0 },
})

/** From this zoom on zones have outlines; further out there are too many to be told apart. */
export const ZONE_OUTLINES = 9.5

const outline = (id: string, layer: string, minzoom: number): LayerSpecification => ({
  id,
  type: 'line',
  source: AREAS,
  'source-layer': layer,
  minzoom,
  layout: { 'line-join': 'round' },
  paint: {
    'line-color': ['case', ['boolean', ['feature-state', 'picked'], false], INK.accent, INK.mark],
    'line-width': [
      'case',
      ['boolean', ['feature-state', 'picked'], false],
      2.6,
      ['boolean', ['feature-state', 'hovered'], false],
      1.4,
      0,
    ],
  },
})

const base = (
  id: string,
  layer: string,
  rest: { type: 'line'; minzoom?: number; layout?: object; paint: object; filter?: ExpressionSpecification },
): LayerSpecification => ({ id, source: BASE, 'source-layer': layer, ...rest }) as LayerSpecification

function placeLayer(language: Language): LayerSpecification {
  return {
    id: 'places',
    type: 'symbol',
    source: BASE,
    'source-layer': 'places',
    // Cities at once, counties a little closer, towns closer still.
    filter: ['<=', rank, ['step', ['zoom'], 1, 7.3, 2, 9.6, 3, 10.4, 4, 11.2, 9]],
    layout: {
      'text-field': placeName(language),
      'text-font': FONTS,
      'text-size': ['step', rank, 18, 1, 15, 2, 12.5, 3, 11.5],
      'text-padding': 3,
      'text-max-width': 8,
      'symbol-sort-key': rank,
    },
    paint: {
      'text-color': ['step', rank, INK.mark, 1, INK.label, 2, '#33424a', 3, '#55626a'],
      'text-halo-color': INK.halo,
      'text-halo-width': 1.6,
    },
  }
}

function lines(): LayerSpecification[] {
  return [
    base('rivers', 'rivers', {
      type: 'line',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': INK.waterLine, 'line-width': byZoom(6, 0.8, 10, 2, 14, 5) },
    }),
    base('roads-case', 'roads', {
      type: 'line',
      minzoom: 10,
      layout: { 'line-cap': 'butt', 'line-join': 'round' },
      paint: { 'line-color': INK.halo, 'line-width': roadWidth(1.8), 'line-opacity': 0.75 },
    }),
    base('roads', 'roads', {
      type: 'line',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: {
        'line-color': ['step', rank, INK.motorway, 1, INK.road],
        'line-width': roadWidth(1),
        // From afar roads are background; close they are read.
        'line-opacity': ['interpolate', ['linear'], ['zoom'], 6, 0.45, 10, 0.85],
      },
    }),
    base('roads-theme', 'roads', {
      type: 'line',
      layout: { 'line-cap': 'round', 'line-join': 'round', visibility: 'none' },
      paint: { 'line-width': byZoom(6, 2.2, 10, 4.5, 14, 10) },
    }),
    base('rail', 'rail', {
      type: 'line',
      minzoom: 8,
      paint: { 'line-color': INK.rail, 'line-width': byZoom(8, 0.6, 14, 1.6), 'line-dasharray': [4, 2] },
    }),
    base('county-lines', 'county_lines', {
      type: 'line',
      paint: { 'line-color': INK.county, 'line-width': byZoom(6, 0.4, 10, 1, 14, 1.6), 'line-dasharray': [3, 1.5] },
    }),
    base('city-lines', 'city_lines', {
      type: 'line',
      layout: { 'line-join': 'round' },
      paint: { 'line-color': INK.city, 'line-width': byZoom(6, 0.8, 10, 1.8, 14, 2.6) },
    }),
    base('borders', 'city_lines', {
      type: 'line',
      layout: { 'line-join': 'round', 'line-cap': 'round', visibility: 'none' },
      paint: { 'line-width': byZoom(6, 3.5, 10, 7, 14, 11) },
    }),
    base('borders-faint', 'city_lines', {
      type: 'line',
      layout: { 'line-join': 'round', visibility: 'none' },
      paint: { 'line-width': byZoom(6, 2.5, 10, 5, 14, 8), 'line-dasharray': [1.2, 1] },
    }),
  ]
}

/** The layer that overlays of tools are put below: names stay readable. */
export const TOP = 'places'

export function styleOf(region: Region, tiles: TileJson, language: Language): StyleSpecification {
  const source = {
    type: 'vector' as const,
    // Workers want whole addresses; both sources name the same tiles, so that one download serves.
    tiles: tiles.tiles.map((tile) => (tile.startsWith('/') ? new URL(address('')).origin + tile : tile)),
    minzoom: tiles.minzoom,
    maxzoom: tiles.maxzoom,
    bounds: [...(tiles.bounds ?? region.bbox)] as [number, number, number, number],
  }
  return {
    version: 8,
    sources: { [AREAS]: source, [BASE]: source },
    layers: [
      { id: 'outside', type: 'background', paint: { 'background-color': INK.outside } },
      { id: 'land', type: 'fill', source: AREAS, 'source-layer': 'cities', paint: { 'fill-color': INK.land } },
      ground('ground-county', 'counties'),
      areaFill('area-zone', 'zones'),
      areaFill('area-county', 'counties'),
      areaFill('area-city', 'cities'),
      { id: 'water', type: 'fill', source: BASE, 'source-layer': 'water', paint: { 'fill-color': INK.water } },
      ...lines(),
      outline('outline-zone', 'zones', ZONE_OUTLINES),
      outline('outline-county', 'counties', 0),
      outline('outline-city', 'cities', 0),
      placeLayer(language),
    ],
  }
}
