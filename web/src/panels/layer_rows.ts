// Layers, grouped for the panel. Pure: what stands where hangs on the answers alone.
import type { Indicator, Layer, Level } from '@/api/types'
import type { Words } from '@/words'

/** One figure with the layers that show it. */
export interface Row {
  readonly key: string
  readonly kind: 'area' | 'border' | 'road'
  readonly indicator: Indicator
  readonly layers: Partial<Record<Level, Layer>>
}

export interface Group {
  readonly strand: string
  readonly name: Words
  readonly rows: readonly Row[]
}

/** Group layers by strand, in the order given, and within by figure. */
export function groupLayers(layers: readonly Layer[]): Group[] {
  const groups = new Map<string, Map<string, Row>>()
  for (const layer of layers) {
    const kind = layer.level === 'border' || layer.level === 'road' ? layer.level : 'area'
    // A topic may draw a figure that its strand draws too.
    const key = `${layer.key.split('@')[0]}/${kind}`
    const rows = groups.get(layer.strand) ?? new Map<string, Row>()
    groups.set(layer.strand, rows)
    const row = rows.get(key)
    rows.set(key, {
      key,
      kind,
      indicator: row?.indicator ?? layer.indicator,
      layers: { ...row?.layers, [layer.level]: layer },
    })
  }
  return [...groups].map(([strand, rows]) => ({
    strand,
    name: layers.find((layer) => layer.strand === strand)?.strand_name ?? { zh: strand, en: strand },
    rows: [...rows.values()],
  }))
}

/** The layer of a row at the level wanted, or at the finest it has. */
export function bestLevel(row: Row, wanted: Level | null): Layer | null {
  const order: readonly (Level | null)[] = [wanted, 'zone', 'county', 'city', 'border', 'road']
  for (const level of order) {
    const layer = level && row.layers[level]
    if (layer) return layer
  }
  return null
}
