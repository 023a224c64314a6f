// The whole view as text in the address, so that a link restores it. Pure: no browser here.
import type { CardLevel } from '@/api/types'
import type { Language } from '@/words'

export type Scheme = 'fixed' | 'quantile' | 'equal'
export const SCHEMES: readonly Scheme[] = ['fixed', 'quantile', 'equal']

export const FEWEST_CLASSES = 3
export const MOST_CLASSES = 9

export interface Place {
  readonly zoom: number
  readonly lon: number
  readonly lat: number
}

/** What a second map beside the first one shows; `layer` null: the same layer. */
export interface Compare {
  readonly layer: string | null
  readonly state: string | null
}

export interface Pick {
  readonly level: CardLevel
  readonly code: string
}

export interface View {
  /** What the ledger shows, in its own words (see ledger/address.ts); null: the map is shown. */
  readonly ledger: string | null
  /** What the shared services show (see hall/address.ts); null: something else is shown. */
  readonly hall: string | null
  readonly language: Language
  /** Null: the whole region. */
  readonly place: Place | null
  /** Key of the layer; null: the first one there is. `none`: no layer at all. */
  readonly layer: string | null
  readonly scheme: Scheme
  readonly classes: number
  /** Colours of quantile and equal classes; null: the ramp that fits the figure. */
  readonly ramp: string | null
  /** Of the layer, percent. */
  readonly opacity: number
  readonly year: number | null
  /** Key of the scenario shown; null: the region as it is. */
  readonly state: string | null
  readonly compare: Compare | null
  /** Where the divider of the comparison stands, percent of the width. */
  readonly split: number
  readonly pick: Pick | null
  /** Key of the open tool. */
  readonly tool: string | null
  /** The layer as a table instead of the card. */
  readonly table: boolean
  /** Parameters of tools: whatever else stands in the address, kept as it is. */
  readonly more: Readonly<Record<string, string>>
}

export const START: View = {
  ledger: null,
  hall: null,
  language: 'zh',
  place: null,
  layer: null,
  scheme: 'fixed',
  classes: 6,
  ramp: null,
  opacity: 80,
  year: null,
  state: null,
  compare: null,
  split: 50,
  pick: null,
  tool: null,
  table: false,
  more: {},
}

const OWN = new Set([
  'lang',
  'at',
  'layer',
  'classes',
  'ramp',
  'opacity',
  'year',
  'state',
  'with',
  'split',
  'pick',
  'tool',
  'table',
])

const LEVELS: readonly string[] = [
  'zone',
  'county',
  'city',
  'group',
  'region',
  'border',
  'road',
  'link',
] satisfies CardLevel[]

function whole(given: string | null, low: number, high: number, otherwise: number): number {
  if (given === null || !/^\d{1,4}$/.test(given)) return otherwise
  return Math.min(high, Math.max(low, Number(given)))
}

function placeOf(given: string | null): Place | null {
  const parts = (given ?? '').split(',')
  const [zoom, lon, lat] = parts.map(Number)
  if (parts.length !== 3 || zoom === undefined || lon === undefined || lat === undefined) return null
  const sound =
    Number.isFinite(zoom + lon + lat) && zoom >= 0 && zoom <= 24 && Math.abs(lon) <= 180 && Math.abs(lat) < 86
  return sound ? { zoom, lon, lat } : null
}

function pickOf(given: string | null): Pick | null {
  const [level, ...rest] = (given ?? '').split('/')
  const code = rest.join('/')
  if (!level || !code || !LEVELS.includes(level)) return null
  return { level: level as CardLevel, code }
}

function compareOf(given: string | null): Compare | null {
  if (given === null) return null
  const [layer, state] = given.split('~')
  const compare = { layer: layer || null, state: state || null }
  return compare
}

/** Pages beside the map; each has words of its own behind its name. */
const PAGES = ['ledger', 'hall'] as const

/** Where such a page is shown, its part of the address and the language; the map's rest is unknown. */
function readPage(page: (typeof PAGES)[number], hash: string): View {
  const [path = '', ...rest] = hash.split('&')
  const language = rest.includes('lang=en') ? 'en' : 'zh'
  const own = rest.filter((part) => !part.startsWith('lang='))
  return { ...START, language, [page]: [path.slice(page.length).replace(/^\//, ''), ...own].join('&') }
}

/** Read a view from the part of an address behind `#`; what is not understood is left out. */
export function readView(hash: string): View {
  const bare = hash.replace(/^#/, '')
  const page = PAGES.find((one) => new RegExp(`^${one}(/|&|$)`).test(bare))
  if (page) return readPage(page, bare)
  const given = new URLSearchParams(bare)
  const [named, classes] = (given.get('classes') ?? '').split('.')
  const scheme = SCHEMES.find((known) => known === named)
  const more: Record<string, string> = {}
  for (const [name, value] of given) if (!OWN.has(name)) more[name] = value
  return {
    ledger: null,
    hall: null,
    language: given.get('lang') === 'en' ? 'en' : 'zh',
    place: placeOf(given.get('at')),
    layer: given.get('layer') || null,
    scheme: scheme ?? START.scheme,
    classes: whole((scheme && classes) ?? null, FEWEST_CLASSES, MOST_CLASSES, START.classes),
    ramp: given.get('ramp') || null,
    opacity: whole(given.get('opacity'), 0, 100, START.opacity),
    year: given.has('year') ? whole(given.get('year'), 0, 9999, 0) || null : null,
    state: given.get('state') || null,
    compare: compareOf(given.get('with')),
    split: whole(given.get('split'), 0, 100, START.split),
    pick: pickOf(given.get('pick')),
    tool: given.get('tool') || null,
    table: given.get('table') === '1',
    more,
  }
}

// Characters that need no escape behind `#`, kept readable: layer keys, codes, lists.
const plain = (text: string): string =>
  encodeURIComponent(text).replace(/%(40|2C|3A|2F|7E)/gi, (escape) => decodeURIComponent(escape))

/** Write a view as the part of an address behind `#`; what is as at the start is left out. */
export function writeView(view: View): string {
  for (const page of PAGES) {
    const shown = view[page]
    if (shown === null) continue
    const [path = '', ...own] = shown.split('&')
    return [`${page}/${path}`, ...(view.language === 'en' ? ['lang=en'] : []), ...own].join('&')
  }
  const parts: [string, string][] = []
  const put = (name: string, value: string | number | null, start: string | number | null): void => {
    if (value !== null && value !== start) parts.push([name, String(value)])
  }
  put('lang', view.language, START.language)
  if (view.place) {
    const { zoom, lon, lat } = view.place
    put('at', `${Number(zoom.toFixed(2))},${Number(lon.toFixed(5))},${Number(lat.toFixed(5))}`, null)
  }
  put('layer', view.layer, START.layer)
  const classes = view.scheme === 'fixed' ? 'fixed' : `${view.scheme}.${view.classes}`
  put('classes', classes, 'fixed')
  put('ramp', view.ramp, START.ramp)
  put('opacity', view.opacity, START.opacity)
  put('year', view.year, START.year)
  put('state', view.state, START.state)
  if (view.compare) {
    put('with', `${view.compare.layer ?? ''}~${view.compare.state ?? ''}`, null)
    put('split', view.split, START.split)
  }
  if (view.pick) put('pick', `${view.pick.level}/${view.pick.code}`, null)
  put('tool', view.tool, START.tool)
  put('table', view.table ? '1' : null, null)
  for (const name of Object.keys(view.more).sort()) put(name, view.more[name] ?? null, '')
  return parts.map(([name, value]) => `${name}=${plain(value)}`).join('&')
}
