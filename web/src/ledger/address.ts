// What the ledger shows, as text behind `#ledger/`. Pure: no browser here.

export const SCREENS = [
  'work',
  'board',
  'table',
  'gantt',
  'curve',
  'map',
  'calendar',
  'units',
  'unit',
  'item',
  'new',
  'meetings',
  'reports',
  'intake',
  'people',
  'login',
] as const
export type ScreenName = (typeof SCREENS)[number]

export type Query = Readonly<Record<string, string>>

export interface Spot {
  readonly screen: ScreenName
  /** Of the item, unit or meeting shown. */
  readonly id: string | null
  /** Filters and whatever else the screen keeps in the address. */
  readonly query: Query
}

export const FIRST: Spot = { screen: 'work', id: null, query: {} }

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Read what is shown; what is not understood is the first screen. */
export function readSpot(raw: string): Spot {
  const [path = '', ...parts] = raw.split('&')
  const [name, ...rest] = path.split('/')
  const screen = SCREENS.find((known) => known === name)
  if (!screen) return FIRST
  const query: Record<string, string> = {}
  for (const [key, value] of new URLSearchParams(parts.join('&'))) if (key && value) query[key] = value
  return { screen, id: decoded(rest.join('/')) || null, query }
}

// Characters that need no escape behind `#`, kept readable: codes, lists, days.
const plain = (text: string): string =>
  encodeURIComponent(text).replace(/%(2C|3A|2F|7E)/gi, (escape) => decodeURIComponent(escape))

/** Write what is shown; what is empty is left out. */
export function writeSpot(spot: Spot): string {
  const bare = spot.screen === 'work' && spot.id === null
  const path = bare ? '' : spot.id === null ? spot.screen : `${spot.screen}/${plain(spot.id)}`
  const parts = Object.keys(spot.query)
    .sort()
    .filter((name) => spot.query[name])
    .map((name) => `${plain(name)}=${plain(spot.query[name] ?? '')}`)
  return [bare && parts.length > 0 ? 'work' : path, ...parts].join('&')
}

/** What an address says by itself, for links: `href` of an anchor. */
export const hrefOf = (spot: Spot, language: 'zh' | 'en'): string => {
  const [path = '', ...own] = writeSpot(spot).split('&')
  return '#' + [`ledger/${path}`, ...(language === 'en' ? ['lang=en'] : []), ...own].join('&')
}
