// What somebody answered in a form, under the names that its fields have. Pure.
import type { CaseLabel, Json } from '@/api/types_hall_desk'
import type { Words } from '@/words'

type Value = string | number | boolean

export interface Line {
  readonly pointer: string
  /** Null where the form gives the field no name. */
  readonly title: Words | null
  /** What was typed; words for what was chosen. A list of them stands side by side. */
  readonly values: readonly (Value | Words)[]
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

const isEmpty = (value: Json | undefined): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)

const isPlain = (value: Json | undefined): value is Value => value !== null && value !== undefined && typeof value !== 'object'

/** The values of a form one by one, in the order of its labels; what has no label comes after. */
export function linesOf(data: Readonly<Record<string, Json>>, labels: readonly CaseLabel[]): readonly Line[] {
  const named = new Map(labels.map((one, at) => [one.pointer, { ...one, at }]))
  const found: { readonly line: Line; readonly place: number }[] = []
  // Rows of a list share the names of the list's fields: of /people/0/name that is /people/name.
  const labelOf = (pointer: string) => named.get(pointer) ?? named.get(pointer.replace(/\/\d+(?=\/|$)/g, ''))
  const add = (pointer: string, values: readonly Value[]): void => {
    const label = labelOf(pointer)
    const said = values.map((one) => label?.options[String(one)] ?? one)
    found.push({ line: { pointer, title: label?.title ?? null, values: said }, place: named.get(pointer)?.at ?? labels.length })
  }
  const walk = (value: Json | undefined, pointer: string): void => {
    if (isEmpty(value)) return
    if (Array.isArray(value)) {
      const given = value as readonly Json[]
      if (given.every(isPlain)) add(pointer, given)
      else given.forEach((one, at) => {
        walk(one, `${pointer}/${at}`)
      })
    } else if (isPlain(value)) add(pointer, [value])
    else for (const [name, one] of Object.entries(value as Readonly<Record<string, Json>>)) walk(one, `${pointer}/${escaped(name)}`)
  }
  walk(data, '')
  return found
    .map((one, at) => ({ ...one, at }))
    .sort((one, other) => one.place - other.place || one.at - other.at)
    .map(({ line }) => line)
}

/** A size in words of people. */
export function sizeOf(bytes: number): { readonly value: number; readonly unit: 'KB' | 'MB' } {
  return bytes >= 1e6 ? { value: bytes / 1e6, unit: 'MB' } : { value: Math.max(0.1, bytes / 1e3), unit: 'KB' }
}
