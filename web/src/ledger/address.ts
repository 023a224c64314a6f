// What the ledger shows, as text behind `#ledger/`. Pure: no browser here.
import { hrefTo, readPath, writePath, type Query } from '@/state/spots'

export type { Query }

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

export interface Spot {
  readonly screen: ScreenName
  /** Of the item, unit or meeting shown. */
  readonly id: string | null
  /** Filters and whatever else the screen keeps in the address. */
  readonly query: Query
}

export const FIRST: Spot = { screen: 'work', id: null, query: {} }

/** Read what is shown; what is not understood is the first screen. */
export function readSpot(raw: string): Spot {
  const { name, id, query } = readPath(raw)
  const screen = SCREENS.find((known) => known === name)
  return screen ? { screen, id, query } : FIRST
}

/** Write what is shown; what is empty is left out. */
export const writeSpot = ({ screen, id, query }: Spot): string => writePath({ name: screen, id, query }, FIRST.screen)

/** What an address says by itself, for links: `href` of an anchor. */
export const hrefOf = (spot: Spot, language: 'zh' | 'en'): string => hrefTo('ledger', writeSpot(spot), language)
