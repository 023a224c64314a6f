// Values of an item's fields as a reader sees them.
import type { Fields, Json } from '@/api/types_ledger'
import { NO_FIGURE, number } from '@/format/numbers'

import { moment } from './dates'
import { fieldOf } from './form/fields'
import { typedPlace } from './form/place'
import { countyName, fieldLabel, label, unitName } from './state'
import { language, say } from './words'

/** Money that was given as an exact text, in 万元 or million; small amounts in full. */
export function money(amount: string | number, currency: string): string {
  const value = Number(amount)
  if (!Number.isFinite(value)) return String(amount)
  const name = currency === 'CNY' && language.value === 'zh' ? '' : ` ${currency}`
  if (language.value === 'zh') {
    const yuan = currency === 'CNY' ? '元' : ''
    if (value >= 1e8) return `${number(value / 1e8, 2)} 亿${yuan || name}`
    return value >= 10_000 ? `${number(value / 10_000, 2)} 万${yuan || name}` : `${number(value, 2)} ${yuan || name.trim()}`
  }
  return value >= 1e6 ? `${number(value / 1e6, 2)} million${name}` : `${number(value, 2)}${name}`
}

const LISTS = { kind: 'kinds', strand: 'strands', level: 'levels', state: 'states', back_to: 'states', gate: 'gates' } as const
const UNITS = new Set(['lead_unit', 'responsible_unit', 'supporting_units'])

// In the order of the form, not in that of the store.
function rowText(name: string, row: Fields): string {
  const order = fieldOf(name)?.columns?.map((one) => one.name) ?? []
  return Object.entries(row)
    .sort(([one], [other]) => order.indexOf(one) - order.indexOf(other))
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${fieldLabel(name)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(say('ledger_screens.comma'))
}

/** A field's value in words; a dash for none. */
export function valueText(name: string, value: Json | undefined): string {
  if (value === null || value === undefined || value === '') return NO_FIGURE
  if (name in LISTS && typeof value === 'string') return label(LISTS[name as keyof typeof LISTS], value)
  if (UNITS.has(name)) {
    const codes = Array.isArray(value) ? value : [value]
    return codes.map((code) => unitName(String(code))).join(say('ledger_screens.list_comma')) || NO_FIGURE
  }
  if (name === 'progress') return `${String(value)}%`
  if ((name === 'created' || name === 'changed') && typeof value === 'string') return moment(value)
  if (name === 'place' && typeof value === 'object' && !Array.isArray(value)) {
    const { geometry, counties } = value as { geometry?: Json; counties?: Json }
    const names = Array.isArray(counties) ? counties.map((code) => countyName(String(code))).join(say('ledger_screens.list_comma')) : ''
    // Five decimals are a metre: more is no help to a reader.
    const points = typedPlace(geometry).replace(/\n/g, ' → ').replace(/(\.\d{5})\d+/g, '$1')
    return [names, points].filter(Boolean).join(' · ')
  }
  if (Array.isArray(value)) {
    const rows = (value as readonly Json[]).map((one) => (typeof one === 'object' && one !== null ? rowText(name, one as Fields) : String(one)))
    return rows.join('\n') || NO_FIGURE
  }
  return typeof value === 'object' ? rowText(name, value as Fields) : String(value)
}
