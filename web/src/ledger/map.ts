// Items on the map: their features and the counts of counties, as MapLibre draws them. Pure.
import type { LayerSpecification } from 'maplibre-gl'

import type { LedgerMap } from '@/api/types_ledger'
import type { County } from '@/api/types'

/** Colours of marks on the map; the list beside it says the same in words. */
export const MARK_COLOURS: Readonly<Record<string, string>> = {
  not_counted: '#6b7780',
  on_time: '#1a6b43',
  due_soon: '#9a4a08',
  at_risk: '#c77700',
  blocked: '#7a5195',
  overdue: '#b3261e',
  done_on_time: '#4d9a75',
  done_late: '#8d6e63',
}

const colour = ['match', ['get', 'mark'], ...Object.entries(MARK_COLOURS).flat(), '#6b7780'] as unknown as string

export const ITEMS = 'ledger-items'
export const COUNTS = 'ledger-counts'

/** Only what has a place of its own; what is known by its county alone is in the counts. */
export const drawnOf = (map: LedgerMap): GeoJSON.FeatureCollection => ({
  type: 'FeatureCollection',
  // A feature without a geometry is no error, but nothing to draw.
  features: map.features.filter((one) => (one.geometry as GeoJSON.Geometry | null) !== null),
})

export function countsOf(map: LedgerMap, counties: readonly Pick<County, 'code' | 'lon' | 'lat'>[]): GeoJSON.FeatureCollection {
  const places = new Map(counties.map((one) => [one.code, one]))
  return {
    type: 'FeatureCollection',
    features: map.by_county.flatMap((one) => {
      const place = places.get(one.county)
      if (!place || one.count === 0) return []
      return [
        {
          type: 'Feature' as const,
          geometry: { type: 'Point' as const, coordinates: [place.lon, place.lat] },
          properties: { county: one.county, count: one.count, overdue: one.overdue },
        },
      ]
    }),
  }
}

/** West, south, east, north of everything drawn; null if nothing is. */
export function boundsOf(features: GeoJSON.FeatureCollection): [number, number, number, number] | null {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  const visit = (value: unknown): void => {
    if (!Array.isArray(value)) return
    const [lon, lat] = value as unknown[]
    if (typeof lon === 'number' && typeof lat === 'number') {
      box[0] = Math.min(box[0], lon)
      box[1] = Math.min(box[1], lat)
      box[2] = Math.max(box[2], lon)
      box[3] = Math.max(box[3], lat)
    } else for (const one of value) visit(one)
  }
  for (const one of features.features) {
    if (one.geometry.type === 'GeometryCollection') continue
    visit(one.geometry.coordinates)
  }
  return Number.isFinite(box[0]) ? box : null
}

const FONTS = ['PingFang SC,Microsoft YaHei,Noto Sans CJK SC,WenQuanYi Micro Hei,sans-serif']

export const LAYERS: readonly LayerSpecification[] = [
  {
    id: 'ledger-counts',
    type: 'circle',
    source: COUNTS,
    paint: {
      'circle-radius': ['interpolate', ['linear'], ['sqrt', ['get', 'count']], 1, 9, 20, 30],
      'circle-color': '#14606e',
      'circle-opacity': 0.22,
      'circle-stroke-color': '#14606e',
      'circle-stroke-width': 1,
    },
  },
  {
    id: 'ledger-counts-text',
    type: 'symbol',
    source: COUNTS,
    layout: { 'text-field': ['to-string', ['get', 'count']], 'text-font': FONTS, 'text-size': 12, 'text-allow-overlap': true },
    paint: { 'text-color': '#0d4550', 'text-halo-color': '#ffffff', 'text-halo-width': 1.4 },
  },
  {
    id: 'ledger-areas',
    type: 'fill',
    source: ITEMS,
    filter: ['==', ['geometry-type'], 'Polygon'],
    paint: { 'fill-color': colour, 'fill-opacity': 0.25, 'fill-outline-color': colour },
  },
  {
    id: 'ledger-lines',
    type: 'line',
    source: ITEMS,
    filter: ['==', ['geometry-type'], 'LineString'],
    layout: { 'line-cap': 'round', 'line-join': 'round' },
    paint: { 'line-color': colour, 'line-width': 4 },
  },
  {
    id: 'ledger-points',
    type: 'circle',
    source: ITEMS,
    filter: ['==', ['geometry-type'], 'Point'],
    paint: { 'circle-radius': 6, 'circle-color': colour, 'circle-stroke-color': '#ffffff', 'circle-stroke-width': 1.5 },
  },
]
export const PRESSED = ['ledger-points', 'ledger-lines', 'ledger-areas']
