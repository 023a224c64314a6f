// What a workbook would change, on the map: how many figures of each county or city. Pure.
import type { Intake } from '@/api/types_data'
import type { AreaLevel, Region } from '@/api/types'
import { classify } from '@/themes/classing'
import { RAMPS, take } from '@/themes/ramps'
import type { AreaTheme } from '@/themes/theme'
import { both } from '@/words'

const AMBER = RAMPS.find((ramp) => ramp.key === 'amber')?.colours ?? []
const UNTOUCHED = '#eef1f2'

/** Counties, unless the workbook is about cities alone; null where it touches neither. */
export function touchedTheme(found: Intake, region: Region): AreaTheme | null {
  const level: AreaLevel = found.touched.county.length > 0 ? 'county' : 'city'
  const codes = new Set(found.touched[level])
  if (codes.size === 0) return null
  const counts = new Map<string, number>()
  for (const one of found.changes) {
    if (one.level === level) counts.set(one.code, (counts.get(one.code) ?? 0) + 1)
  }
  const units = level === 'county' ? region.counties : region.cities
  const values: (number | null)[] = []
  for (const unit of units) values[unit.row] = codes.has(unit.code) ? (counts.get(unit.code) ?? 0) : null
  const rows = Array.from(values, (value) => value ?? null)
  const limits = [1, 3, 10].filter((limit) => limit < Math.max(...rows.map((value) => value ?? 0)))
  return {
    kind: 'area',
    level,
    key: 'intake',
    title: both('map_intake.touched'),
    indicator: {
      key: 'intake',
      title: both('map_intake.touched'),
      about: both('map_intake.touched_about'),
      unit: { key: 'count', ...both('map_intake.unit') },
      decimals: 0,
      better: 'neither',
      nature: { key: 'reported', ...both('map_intake.reported') },
      grade: '–',
      sources: [],
      remarks: [],
    },
    values: rows,
    low: null,
    high: null,
    classing: classify(rows, limits),
    colours: take(AMBER.slice(1, 5), limits.length + 1),
    missing: UNTOUCHED,
  }
}
