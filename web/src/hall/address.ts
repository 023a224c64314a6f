// What the shared services 通办 show, as text behind `#hall/`. Pure: no browser here.
import { hrefTo, readPath, writePath, type Query } from '@/state/spots'

export type { Query }

export const SCREENS = [
  'find',
  'item',
  'event',
  'apply',
  'drafts',
  'mine',
  'profile',
  'looks',
  'desk',
  'case',
  'cases',
  'window',
  'events',
  'board',
  'editor',
  'edit',
  'compare',
  'login',
] as const
export type ScreenName = (typeof SCREENS)[number]

export interface Spot {
  /** Null: nobody asked for a screen; the reader begins where their work is. */
  readonly screen: ScreenName | null
  /** Of the item, event, draft or case shown. */
  readonly id: string | null
  readonly query: Query
}

/** Read what is shown; what is not understood is nothing asked for. */
export function readSpot(raw: string): Spot {
  const { name, id, query } = readPath(raw)
  const screen = SCREENS.find((known) => known === name)
  return screen ? { screen, id, query } : { screen: null, id: null, query: {} }
}

/** Write what is shown; what is empty is left out. */
export const writeSpot = ({ screen, id, query }: Spot): string =>
  screen === null ? '' : writePath({ name: screen, id, query }, '')

/** What an address says by itself, for links: `href` of an anchor. */
export const hrefOf = (spot: Spot, language: 'zh' | 'en'): string => hrefTo('hall', writeSpot(spot), language)
