// Which fields a form of an item has, how each is put in, and what is wrong with what was given.
// Pure. The service checks all of it again: here the reader is told before anything is sent.
import type { Fields, Json } from '@/api/types_ledger'

import { isDay } from '../dates'

export type Input =
  | 'line'
  | 'lines'
  | 'day'
  | 'kinds'
  | 'strands'
  | 'levels'
  | 'gates'
  | 'unit'
  | 'units'
  | 'rows'
  | 'items'
  | 'place'
  | 'currency'

export interface Field {
  readonly name: string
  readonly input: Input
  readonly needed?: boolean
  /** Columns of a field that is a list of rows. */
  readonly columns?: readonly Column[]
}

export interface Column {
  readonly name: string
  readonly input: 'line' | 'day' | 'number' | 'amount' | 'year'
  readonly needed?: boolean
}

export interface Part {
  readonly key: 'what' | 'who' | 'when' | 'measured' | 'money' | 'where'
  readonly fields: readonly Field[]
}

export const PARTS: readonly Part[] = [
  {
    key: 'what',
    fields: [
      { name: 'title', input: 'line', needed: true },
      { name: 'kind', input: 'kinds', needed: true },
      { name: 'strand', input: 'strands' },
      { name: 'level', input: 'levels' },
      { name: 'text', input: 'lines' },
      { name: 'deliverable', input: 'lines' },
      { name: 'source', input: 'lines' },
    ],
  },
  {
    key: 'who',
    fields: [
      { name: 'responsible_unit', input: 'unit' },
      { name: 'lead_unit', input: 'unit' },
      { name: 'supporting_units', input: 'units' },
      { name: 'owner', input: 'line' },
    ],
  },
  {
    key: 'when',
    fields: [
      { name: 'start', input: 'day' },
      { name: 'due', input: 'day' },
      { name: 'gate', input: 'gates' },
      {
        name: 'milestones',
        input: 'rows',
        columns: [
          { name: 'name', input: 'line', needed: true },
          { name: 'due', input: 'day', needed: true },
          { name: 'done_on', input: 'day' },
          { name: 'weight', input: 'number' },
        ],
      },
      { name: 'depends_on', input: 'items' },
    ],
  },
  {
    key: 'measured',
    fields: [
      {
        name: 'measures',
        input: 'rows',
        columns: [
          { name: 'name', input: 'line', needed: true },
          { name: 'unit', input: 'line', needed: true },
          { name: 'baseline', input: 'number' },
          { name: 'target', input: 'number' },
          { name: 'value', input: 'number' },
          { name: 'at', input: 'day' },
          { name: 'source', input: 'line' },
        ],
      },
    ],
  },
  {
    key: 'money',
    fields: [
      { name: 'currency', input: 'currency' },
      {
        name: 'budget',
        input: 'rows',
        columns: [
          { name: 'name', input: 'line', needed: true },
          { name: 'year', input: 'year', needed: true },
          { name: 'amount', input: 'amount', needed: true },
        ],
      },
      {
        name: 'payments',
        input: 'rows',
        columns: [
          { name: 'date', input: 'day', needed: true },
          { name: 'amount', input: 'amount', needed: true },
          { name: 'to', input: 'line' },
          { name: 'note', input: 'line' },
        ],
      },
    ],
  },
  { key: 'where', fields: [{ name: 'place', input: 'place' }] },
]

const BY_NAME = new Map(PARTS.flatMap((part) => part.fields.map((field) => [field.name, field] as const)))
/** Fields in the order of the form, whatever order they were named in. */
export const inOrder = (names: readonly string[]): readonly string[] => {
  const order = [...BY_NAME.keys()]
  return [...names].sort((one, other) => order.indexOf(one) - order.indexOf(other))
}

export const fieldOf = (name: string): Field | null => BY_NAME.get(name) ?? null

/** What a fault is called in the catalogue of the screens. */
export type FaultKey = 'needed' | 'day' | 'number' | 'amount' | 'year' | 'order' | 'geometry'
/** Faults by field; within a list by field, row and column: `budget.0.amount`. */
export type Faults = Readonly<Record<string, FaultKey>>

const AMOUNT = /^\d{1,15}(\.\d{1,2})?$/

/** A cell as it was typed, as the service takes it; undefined where it is left out. */
export function cellValue(column: Column, typed: string): Json | undefined {
  const given = typed.trim()
  if (given === '') return column.input === 'line' ? '' : undefined
  if (column.input === 'number' || column.input === 'year') return Number(given)
  return given
}

export function cellFault(column: Column, typed: string): FaultKey | null {
  const given = typed.trim()
  if (given === '') return column.needed ? 'needed' : null
  switch (column.input) {
    case 'day':
      return isDay(given) ? null : 'day'
    case 'number':
      return Number.isFinite(Number(given)) ? null : 'number'
    case 'year':
      return /^(19|20|21)\d\d$/.test(given) ? null : 'year'
    case 'amount':
      return AMOUNT.test(given) ? null : 'amount'
    case 'line':
      return null
  }
}

export type TypedRow = Readonly<Record<string, string>>

export const typedRows = (value: Json | undefined, columns: readonly Column[]): readonly TypedRow[] =>
  (Array.isArray(value) ? (value as readonly Fields[]) : []).map((row) =>
    Object.fromEntries(columns.map(({ name }) => [name, row[name] === null || row[name] === undefined ? '' : String(row[name])])),
  )

/** Rows as the service takes them; rows in which nothing was typed are left out. */
export function rowsOf(typed: readonly TypedRow[], columns: readonly Column[]): Json {
  return typed
    .filter((row) => columns.some(({ name }) => (row[name] ?? '').trim() !== ''))
    .map((row) =>
      Object.fromEntries(
        columns.flatMap((column) => {
          const value = cellValue(column, row[column.name] ?? '')
          return value === undefined ? [] : [[column.name, value]]
        }),
      ),
    )
}

export function rowFaults(field: Field, typed: readonly TypedRow[]): Faults {
  const faults: Record<string, FaultKey> = {}
  const columns = field.columns ?? []
  typed.forEach((row, at) => {
    if (!columns.some(({ name }) => (row[name] ?? '').trim() !== '')) return
    for (const column of columns) {
      const fault = cellFault(column, row[column.name] ?? '')
      if (fault) faults[`${field.name}.${at}.${column.name}`] = fault
    }
  })
  return faults
}

const dayIn = (values: Fields, name: string): string | null => {
  const value = values[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** What is wrong with the values of a form, before they are sent. */
export function faultsOf(values: Fields, names: readonly string[]): Faults {
  const faults: Record<string, FaultKey> = {}
  for (const name of names) {
    const field = fieldOf(name)
    if (!field) continue
    const value = values[name]
    const empty = value === null || value === undefined || (typeof value === 'string' && value.trim() === '')
    if (field.needed && empty) faults[name] = 'needed'
    if (field.input === 'day' && typeof value === 'string' && value !== '' && !isDay(value)) faults[name] = 'day'
  }
  const start = dayIn(values, 'start')
  const due = dayIn(values, 'due')
  if (names.includes('due') && start && due && !faults['due'] && !faults['start'] && due < start) faults['due'] = 'order'
  return faults
}

const same = (one: Json | undefined, other: Json | undefined): boolean =>
  JSON.stringify(one ?? null) === JSON.stringify(other ?? null)

/** The fields that a form changed; an empty choice is none. */
export function changedFields(before: Fields, after: Fields, names: readonly string[]): Fields {
  const changed: Record<string, Json> = {}
  for (const name of names) {
    const input = fieldOf(name)?.input
    const given = after[name]
    const none = given === '' && input !== 'line' && input !== 'lines'
    const value = none || given === undefined ? null : given
    // Rows are compared as a form writes them: what is not said there is as at the start.
    const columns = fieldOf(name)?.columns
    const was = columns ? rowsOf(typedRows(before[name], columns), columns) : before[name]
    if (!same(was, value)) changed[name] = value
  }
  return changed
}

/** A draft's fields: what was left empty is not sent. */
export function draftFields(values: Fields): Fields {
  return Object.fromEntries(
    Object.entries(values).filter(
      ([, value]) => value !== null && value !== '' && !(Array.isArray(value) && value.length === 0),
    ),
  )
}
