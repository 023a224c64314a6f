// Where a reader is on a page beside the map: `screen/id&name=value`. Pure: no browser here.

export type Query = Readonly<Record<string, string>>

export interface Path {
  readonly name: string
  /** Of the thing shown. */
  readonly id: string | null
  /** Filters and whatever else the screen keeps in the address. */
  readonly query: Query
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export function readPath(raw: string): Path {
  const [path = '', ...parts] = raw.split('&')
  const [name = '', ...rest] = path.split('/')
  const query: Record<string, string> = {}
  for (const [key, value] of new URLSearchParams(parts.join('&'))) if (key && value) query[key] = value
  return { name, id: decoded(rest.join('/')) || null, query }
}

// Characters that need no escape behind `#`, kept readable: codes, lists, days.
const plain = (text: string): string =>
  encodeURIComponent(text).replace(/%(2C|3A|2F|7E)/gi, (escape) => decodeURIComponent(escape))

/** Write where the reader is; what is empty is left out, and so is the `first` screen. */
export function writePath({ name, id, query }: Path, first: string): string {
  const bare = name === first && id === null
  const path = bare ? '' : id === null ? name : `${name}/${plain(id)}`
  const parts = Object.keys(query)
    .sort()
    .filter((key) => query[key])
    .map((key) => `${plain(key)}=${plain(query[key] ?? '')}`)
  return [bare && parts.length > 0 ? first : path, ...parts].join('&')
}

/** What an address says by itself, for links: `href` of an anchor. */
export function hrefTo(page: 'ledger' | 'hall', written: string, language: 'zh' | 'en'): string {
  const [path = '', ...own] = written.split('&')
  return '#' + [`${page}/${path}`, ...(language === 'en' ? ['lang=en'] : []), ...own].join('&')
}
