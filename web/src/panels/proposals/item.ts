// A proposal as what the ledger makes an item of: the finding with its promise, and its place. Pure.
import type { Proposal } from '@/api/analysis'

const STRANDS: readonly string[] = ['planning', 'transport', 'science', 'industry', 'livelihood']

// Five decimals are a metre; addresses are not for more.
const rounded = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(rounded) : typeof value === 'number' ? Number(value.toFixed(5)) : value

/** What `#ledger/new` takes for its first values. `day`: when the promise was made. */
export function itemOf(one: Proposal, regionHash: string, day: string): string {
  const line = one.line && 'coordinates' in one.line ? { type: one.line.type, coordinates: rounded(one.line.coordinates) } : null
  const counties = Object.entries(one.gains_by_county)
    .filter(([, gain]) => gain > 0)
    .map(([code]) => code)
  const fields = {
    kind: 'project',
    title: one.title.zh.slice(0, 200),
    strand: STRANDS.includes(one.strand) ? one.strand : 'general',
    text: [...one.remarks, one.assumptions].map((words) => words.zh).join('\n'),
    place: line || counties.length > 0 ? { geometry: line, counties: line ? [] : counties } : null,
    finding: {
      strand: one.strand,
      key: `${one.strand}-${one.number}`,
      region: regionHash.slice(0, 100),
      benefit: one.benefit,
      unit: one.indicator.unit.zh,
      promised_on: day,
    },
  }
  return `new&fields=${encodeURIComponent(JSON.stringify(fields))}`
}
