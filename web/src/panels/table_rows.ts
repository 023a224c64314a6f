// Rows of the table of a layer. Pure.
import type { County, Unit } from '@/api/types'
import type { Value } from '@/themes/classing'
import type { AreaTheme, BorderTheme, Theme } from '@/themes/theme'
import type { Language, Words } from '@/words'

export type Column = 'name' | 'value' | 'other' | 'change'

export interface TableRow {
  readonly code: string
  readonly name: Words
  readonly under: Words | null
  readonly value: Value
  readonly colour: string
  readonly other: Value
  readonly change: Value
}

const colourOf = (theme: Theme, at: number): string => {
  const found = theme.classing.classOf[at] ?? 0
  return found === 0 ? theme.missing : (theme.colours[found - 1] ?? theme.missing)
}

const difference = (value: Value | undefined, other: Value | undefined): Value =>
  value === null || value === undefined || other === null || other === undefined ? null : other - value

export function unitRows(
  theme: AreaTheme,
  beside: Theme | null,
  units: readonly (Unit | County)[],
  cities: readonly Unit[],
): TableRow[] {
  const others = beside?.kind === 'area' ? beside.values : []
  return units.map((unit) => {
    const value = theme.values[unit.row] ?? null
    const other = others[unit.row] ?? null
    const city = 'city' in unit ? cities.find((one) => one.code === unit.city) : undefined
    return {
      code: unit.code,
      name: unit.name,
      under: city?.name ?? null,
      value,
      colour: colourOf(theme, unit.row),
      other,
      change: difference(value, other),
    }
  })
}

export function borderRows(theme: BorderTheme, beside: Theme | null, cities: readonly Unit[]): TableRow[] {
  const name = (code: string): Words => cities.find((one) => one.code === code)?.name ?? { zh: code, en: code }
  const others = beside?.kind === 'border' ? beside.lines : []
  return theme.lines.map((line, at) => {
    const other = others.find((one) => one.a === line.a && one.b === line.b)?.value ?? null
    return {
      code: `${line.a}-${line.b}`,
      name: {
        zh: `${name(line.a).zh}–${name(line.b).zh}`,
        en: `${name(line.a).en}–${name(line.b).en}`,
      },
      under: line.verdict,
      value: line.value,
      colour: colourOf(theme, at),
      other,
      change: difference(line.value, other),
    }
  })
}

/** Sort; units without a figure always last. */
export function sortRows(
  rows: readonly TableRow[],
  column: Column,
  descending: boolean,
  language: Language,
): TableRow[] {
  const way = descending ? -1 : 1
  return [...rows].sort((one, two) => {
    if (column === 'name') return way * one.name[language].localeCompare(two.name[language], language)
    const a = one[column]
    const b = two[column]
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
    return way * (a - b)
  })
}
