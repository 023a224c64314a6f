// How interventions look on the map: new roads solid, other speeds amber, closures dashed and dark, open borders wide and green.
import type { Done } from '@/api/analysis'
import type { DrawnLayer } from '@/map/stage'

export const drawnFeatures = (several: readonly Done[]): GeoJSON.Feature[] =>
  several.map((one, at) => ({
    type: 'Feature',
    properties: { kind: one.record.kind, number: at + 1 },
    geometry: one.line,
  }))

const isLine = ['!=', ['geometry-type'], 'Point'] as const
const isKind = (kind: string) => ['all', isLine, ['==', ['get', 'kind'], kind]] as const

export function drawnLayers(colour: string): DrawnLayer[] {
  const layers = [
    {
      type: 'line',
      filter: isLine,
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': '#fff', 'line-width': 8, 'line-opacity': 0.9 },
    },
    {
      type: 'line',
      filter: isKind('add_road'),
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': colour, 'line-width': 4.5 },
    },
    {
      type: 'line',
      filter: isKind('set_speed'),
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': '#e39a12', 'line-width': 5 },
    },
    { type: 'line', filter: isKind('close_road'), paint: { 'line-color': '#111a1f', 'line-width': 4.5, 'line-dasharray': [1.2, 0.8] } },
    { type: 'line', filter: isKind('open_border'), paint: { 'line-color': '#1a9850', 'line-width': 6, 'line-opacity': 0.8 } },
    {
      type: 'circle',
      filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-radius': 5, 'circle-color': '#fff', 'circle-stroke-color': colour, 'circle-stroke-width': 2.5 },
    },
  ]
  return layers as unknown as DrawnLayer[]
}
