// Filters, sorting and pages of items: what the address says of them and what the service is asked.
import type { Query } from './address'

/** Filters of many values: lists with commas. */
export const LISTS = ['state', 'mark', 'strand', 'kind', 'level', 'gate', 'city'] as const
/** Filters of one value. */
export const SINGLES = ['text', 'unit', 'role', 'owner', 'due_from', 'due_to', 'mine', 'meeting', 'open'] as const
export type ListFilter = (typeof LISTS)[number]
export type SingleFilter = (typeof SINGLES)[number]
export type FilterName = ListFilter | SingleFilter

export const FILTERS: readonly FilterName[] = [...LISTS, ...SINGLES]

export const PAGE = 50

/** Columns of the table; the service sorts by those that have a key. */
export const COLUMNS = [
  { key: 'number', sort: 'number' },
  { key: 'title', sort: 'title' },
  { key: 'state', sort: 'state' },
  { key: 'mark', sort: 'mark' },
  { key: 'progress', sort: 'progress' },
  { key: 'responsible_unit', sort: 'unit' },
  { key: 'lead_unit', sort: null },
  { key: 'owner', sort: null },
  { key: 'strand', sort: null },
  { key: 'kind', sort: null },
  { key: 'level', sort: null },
  { key: 'gate', sort: null },
  { key: 'start', sort: 'start' },
  { key: 'due', sort: 'due' },
  { key: 'left', sort: 'left' },
] as const
export type ColumnKey = (typeof COLUMNS)[number]['key']

export const USUAL_COLUMNS: readonly ColumnKey[] = [
  'number',
  'title',
  'state',
  'mark',
  'progress',
  'responsible_unit',
  'strand',
  'due',
  'left',
]

/** Values of a filter that holds a list. */
export const listOf = (query: Query, name: string): readonly string[] =>
  (query[name] ?? '').split(',').filter(Boolean)

function without(query: Query, ...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(query).filter(([name]) => !names.includes(name)))
}

/** The query with a value set, or taken away when it is empty; the first page is shown again. */
export function withValue(query: Query, name: string, value: string | null): Query {
  const rest = without(query, name, 'offset')
  return value ? { ...rest, [name]: value } : rest
}

/** The query with one value of a list put in or taken out. */
export function toggled(query: Query, name: ListFilter, value: string): Query {
  const now = listOf(query, name)
  const next = now.includes(value) ? now.filter((one) => one !== value) : [...now, value]
  return withValue(query, name, next.join(','))
}

/** Only the filters: what other screens of the same items take over. */
export function filtersOf(query: Query): Query {
  return Object.fromEntries(Object.entries(query).filter(([name, value]) => value && FILTERS.some((one) => one === name)))
}

/** What a saved view keeps: filters, order and columns, but no page. */
export const keptOf = (query: Query): Query => without(query, 'offset')

export const filterCount = (query: Query): number => Object.keys(filtersOf(query)).length

export interface Sorting {
  readonly key: string
  readonly down: boolean
}

export function sortingOf(query: Query): Sorting | null {
  const given = query['sort']
  if (!given) return null
  return given.startsWith('-') ? { key: given.slice(1), down: true } : { key: given, down: false }
}

/** A press on a column's head: up, then down, then as the service has it. */
export function sortedBy(query: Query, key: string): Query {
  const now = sortingOf(query)
  const next = now?.key !== key ? key : now.down ? null : `-${key}`
  return withValue(query, 'sort', next)
}

export function columnsOf(query: Query): readonly ColumnKey[] {
  const asked = listOf(query, 'cols')
  const known = COLUMNS.map((one) => one.key).filter((key) => asked.includes(key))
  return known.length > 0 ? known : USUAL_COLUMNS
}

export function withColumn(query: Query, key: ColumnKey): Query {
  const now = columnsOf(query)
  const next = now.includes(key) ? now.filter((one) => one !== key) : [...now, key]
  // A table has a column at least.
  if (next.length === 0) return query
  const usual = next.length === USUAL_COLUMNS.length && USUAL_COLUMNS.every((one) => next.includes(one))
  return withValue(query, 'cols', usual ? null : COLUMNS.map((one) => one.key).filter((one) => next.includes(one)).join(','))
}

export function offsetOf(query: Query): number {
  const given = query['offset'] ?? ''
  return /^\d{1,7}$/.test(given) ? Number(given) : 0
}

export interface Page {
  readonly number: number
  readonly of: number
  readonly first: number
  readonly last: number
}

export function pageOf(offset: number, total: number, size = PAGE): Page {
  return {
    number: Math.floor(offset / size) + 1,
    of: Math.max(1, Math.ceil(total / size)),
    first: total === 0 ? 0 : Math.min(offset + 1, total),
    last: Math.min(offset + size, total),
  }
}

/** The query that shows another page. */
export function atPage(query: Query, number: number, size = PAGE): Query {
  const offset = Math.max(0, number - 1) * size
  const rest = without(query, 'offset')
  return offset > 0 ? { ...rest, offset: String(offset) } : rest
}
