// Scenarios side by side: a row a figure, a column a scenario. Pure.
import type { ScenarioRow as TableRow } from '@/api/types_analysis'

export interface Compared {
  readonly told: string
  readonly indicator: string
  readonly before: number | null
  /** In the order of the scenarios; null where one does not tell it. */
  readonly cells: readonly (TableRow | null)[]
}

const TOLD = ['figure', 'gain_people', 'lose_people'] as const

/** Rows on the whole region, those that differ between today and some scenario first. */
export function compareRows(rows: readonly TableRow[], keys: readonly string[]): Compared[] {
  const found = new Map<string, { told: string; indicator: string; cells: (TableRow | null)[] }>()
  for (const row of rows) {
    const column = keys.indexOf(row.scenario)
    if (column < 0 || row.level !== 'region' || !(TOLD as readonly string[]).includes(row.told)) continue
    const about = `${row.told} ${row.indicator}`
    const line = found.get(about) ?? { told: row.told, indicator: row.indicator, cells: keys.map(() => null) }
    line.cells[column] = row
    found.set(about, line)
  }
  const moved = (line: { cells: readonly (TableRow | null)[] }): boolean =>
    line.cells.some((cell) => cell?.change !== null && cell !== null && Math.abs(cell.change) > 1e-6)
  const all = [...found.values()].map((line) => ({
    ...line,
    before: line.cells.find((cell) => cell !== null)?.before ?? null,
  }))
  return [...all.filter(moved), ...all.filter((line) => !moved(line))]
}
