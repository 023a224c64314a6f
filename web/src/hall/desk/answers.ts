// What somebody answered in a form, under the names that its fields have. Pure.
import type { Json } from '@/api/types_hall_desk'
import type { Words } from '@/words'

export interface Line {
  readonly pointer: string
  /** Null where the form gives the field no name. */
  readonly title: Words | null
  readonly value: string | number | boolean
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

const isEmpty = (value: Json | undefined): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)

/** The values of a form one by one, in the order of its labels; what has no label comes after. */
export function linesOf(
  data: Readonly<Record<string, Json>>,
  labels: readonly { readonly pointer: string; readonly title: Words }[],
): readonly Line[] {
  const titles = new Map(labels.map((one) => [one.pointer, one.title]))
  const order = new Map(labels.map((one, at) => [one.pointer, at]))
  const found: Line[] = []
  const titleOf = (pointer: string): Words | null =>
    // Rows of a list share the names of the list's fields: /people/0/name is /people/-/name, or /people/name.
    titles.get(pointer) ?? titles.get(pointer.replace(/\/\d+(?=\/|$)/g, '/-')) ?? titles.get(pointer.replace(/\/\d+(?=\/|$)/g, '')) ?? null
  const walk = (value: Json | undefined, pointer: string): void => {
    if (isEmpty(value)) return
    if (Array.isArray(value)) {
      const plain = value.every((one) => typeof one !== 'object' || one === null)
      if (plain) found.push({ pointer, title: titleOf(pointer), value: value.map(String).join('、') })
      else value.forEach((one: Json, at) => walk(one, `${pointer}/${at}`))
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, one] of Object.entries(value)) walk(one, `${pointer}/${escaped(name)}`)
    } else found.push({ pointer, title: titleOf(pointer), value: value as string | number | boolean })
  }
  walk(data, '')
  const place = (line: Line): number => order.get(line.pointer) ?? labels.length
  return found.map((line, at) => ({ line, at })).sort((one, other) => place(one.line) - place(other.line) || one.at - other.at).map(({ line }) => line)
}

/** A size in words of people. */
export function sizeOf(bytes: number): { readonly value: number; readonly unit: 'KB' | 'MB' } {
  return bytes >= 1e6 ? { value: bytes / 1e6, unit: 'MB' } : { value: Math.max(0.1, bytes / 1e3), unit: 'KB' }
}
