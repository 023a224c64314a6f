// Values of an item's fields: as a form holds them, as they are sent, as a reader sees them. Pure.
import type { EditorField, Json } from '@/api/types_hall_desk'
import type { Words } from '@/words'

export type Row = Record<string, Json>

const isRow = (value: Json): value is Readonly<Record<string, Json>> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What stands in a form for a value of the service. */
export function typedOf(field: EditorField, value: Json | undefined): Json {
  if (field.kind === 'choices') return Array.isArray(value) ? [...value] : []
  if (field.kind === 'list') {
    const given = Array.isArray(value) ? value : []
    return field.columns?.length ? given.filter(isRow).map((one) => ({ ...one })) : given.map(String).join('\n')
  }
  if (field.kind === 'flag') return value === true
  return value ?? ''
}

function plainOf(field: EditorField, typed: Json | undefined): Json {
  if (field.kind === 'number') return typed === '' || typed === null || typed === undefined ? null : Number(typed)
  if (field.kind === 'flag') return typed === true
  if (field.kind === 'day') return typed === '' || typed === undefined ? null : typed
  if (field.kind === 'choice') return typed ?? ''
  return typeof typed === 'string' ? typed.trim() : (typed ?? null)
}

/** What is sent of what stands in a form. */
export function sentOf(field: EditorField, typed: Json | undefined): Json {
  if (field.kind === 'choices') return Array.isArray(typed) ? typed : []
  if (field.kind !== 'list') return plainOf(field, typed)
  const columns = field.columns ?? []
  if (columns.length === 0) return String(typed ?? '').split('\n').map((one) => one.trim()).filter(Boolean)
  // What a form does not show of a row goes along as it is.
  return (Array.isArray(typed) ? (typed as readonly Json[]) : [])
    .filter(isRow)
    .map((row) => ({ ...row, ...Object.fromEntries(columns.map((one) => [one.name, plainOf(one, row[one.name])])) }))
}

/** Whether what stands in a form says something else than the service does. */
export const isChanged = (field: EditorField, typed: Json | undefined, value: Json | undefined): boolean =>
  JSON.stringify(sentOf(field, typed)) !== JSON.stringify(sentOf(field, typedOf(field, value)))

/** A value in words: codes by their names, rows by their columns. */
export function shown(field: EditorField, value: Json | undefined, text: (words: Words) => string, none: string): string {
  const name = (one: Json): string => {
    const found = field.choices.find((choice) => choice.code === one)
    return found ? text(found.title) : typeof one === 'object' ? JSON.stringify(one) : String(one)
  }
  if (value === null || value === undefined || value === '') return none
  if (!Array.isArray(value)) return name(value)
  const rows = (value as readonly Json[]).map((one) =>
    isRow(one) && field.columns?.length
      ? field.columns
          .map((column) => [column, one[column.name]] as const)
          .filter(([, cell]) => cell !== null && cell !== undefined && cell !== '' && cell !== false)
          .map(([column, cell]) => (cell === true ? text(column.label) : shown(column, cell, text, none)))
          .join(' · ')
      : name(one),
  )
  return rows.join(field.kind === 'choices' ? '、' : '\n') || none
}
