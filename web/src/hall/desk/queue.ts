// The queue of a desk: what the address says of it and what the service is asked. Pure.

export type Asked = Readonly<Record<string, string>>

export const PAGE = 50
/** How far lists go: whoever looks further narrows what they look for. */
export const FAR = 10_000

/** Lights of a clock, the most urgent first: told by a sign besides the colour. */
export const LIGHTS = ['late', 'soon', 'good', 'stands', 'none', 'done'] as const
export type Light = (typeof LIGHTS)[number]
export const SIGNS: Readonly<Record<Light, { readonly sign: string; readonly tone: string }>> = {
  late: { sign: '!', tone: 'bad' },
  soon: { sign: '◔', tone: 'warn' },
  good: { sign: '●', tone: 'good' },
  stands: { sign: '‖', tone: 'soft' },
  none: { sign: '–', tone: 'soft' },
  done: { sign: '✓', tone: 'good' },
}

export const QUEUE_FILTERS = ['text', 'light', 'mine', 'unit', 'item'] as const
export const CASE_FILTERS = ['number', 'state', 'city', 'item', 'from', 'to'] as const

/** Only the filters, for the service; empty ones are not asked. */
export const filtersOf = (query: Asked, names: readonly string[]): Asked =>
  Object.fromEntries(names.flatMap((name) => (query[name] ? [[name, query[name]]] : [])))

export const filterCount = (query: Asked, names: readonly string[]): number => Object.keys(filtersOf(query, names)).length

/** The number of the page, from 1. */
export function pageOf(query: Asked): number {
  const given = query['page'] ?? ''
  return /^[1-9]\d{0,6}$/.test(given) ? Number(given) : 1
}

export const pagesOf = (total: number, size = PAGE): number => Math.max(1, Math.ceil(total / size))

/** Pages to show beside the current one: the first, the last, and those around it; null is a gap. */
export function nearby(page: number, pages: number): readonly (number | null)[] {
  const wanted = [1, page - 1, page, page + 1, pages].filter((one) => one >= 1 && one <= pages)
  const shown = [...new Set(wanted)].sort((one, other) => one - other)
  return shown.flatMap((one, at) => {
    const gap = one - (shown[at - 1] ?? one)
    return gap > 2 ? [null, one] : gap === 2 ? [one - 1, one] : [one]
  })
}

/** What a press of a key does in the list: which row has the keyboard next. */
export function rowAfter(key: string, at: number, rows: number): number | null {
  if (rows === 0) return null
  if (key === 'ArrowDown' || key === 'j') return Math.min(rows - 1, at + 1)
  if (key === 'ArrowUp' || key === 'k') return Math.max(0, at - 1)
  if (key === 'Home') return 0
  if (key === 'End') return rows - 1
  return null
}
