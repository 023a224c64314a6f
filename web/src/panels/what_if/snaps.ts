// Where places lie on the road network; each is asked for once.
import { analysis, written, type Snap } from '@/api/analysis'
import type { LonLat } from '@/api/types'
import { region } from '@/state/region'

export type Snapped = Snap

const known = new Map<string, Promise<Snap>>()

export function snapOf(at: LonLat): Promise<Snap> {
  // Another version of the data may have other roads.
  const key = `${region.data.value?.hash ?? ''} ${written(at)}`
  let found = known.get(key)
  if (!found) {
    found = analysis.snap(at)
    found.catch(() => known.delete(key))
    known.set(key, found)
  }
  return found
}
