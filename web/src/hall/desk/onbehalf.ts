// For whom a window applies, and how the application then goes. Pure.
import type { HallItemRow, HallWay } from '@/api/types_hall'

export interface Person {
  kind: 'person' | 'firm'
  name: string
  id_number: string
  credit_code: string
  phone: string
}

export const nobody = (): Person => ({ kind: 'person', name: '', id_number: '', credit_code: '', phone: '' })

export interface Checks {
  readonly id_number: (value: string) => boolean
  readonly credit_code: (value: string) => boolean
  readonly phone: (value: string) => boolean
}

export type PersonField = 'name' | 'id_number' | 'credit_code' | 'phone'

/** What is wrong with the person before the window. */
export function faultsOf(person: Person, checks: Checks): readonly PersonField[] {
  const found: PersonField[] = []
  if (!person.name.trim()) found.push('name')
  if (person.kind === 'person' && !checks.id_number(person.id_number.trim())) found.push('id_number')
  if (person.kind === 'firm' && !checks.credit_code(person.credit_code.trim())) found.push('credit_code')
  if (person.phone.trim() && !checks.phone(person.phone.trim())) found.push('phone')
  return found
}

/** The person as the service is told: without what their kind does not have. */
export const toldOf = (person: Person): Person => ({
  kind: person.kind,
  name: person.name.trim(),
  id_number: person.kind === 'person' ? person.id_number.trim().toUpperCase() : '',
  credit_code: person.kind === 'firm' ? person.credit_code.trim().toUpperCase() : '',
  phone: person.phone.trim(),
})

/**
 * How an item goes from this window: null at home, where its own city's window takes it in; else
 * the way that it offers across the border; undefined where it offers none.
 */
export function wayFrom(item: Pick<HallItemRow, 'city' | 'ways' | 'cities'>, cities: readonly string[]): HallWay | null | undefined {
  if (item.city === null || cities.includes(item.city.code)) return null
  if (!item.cities.some((one) => cities.includes(one))) return undefined
  return (['agent', 'online', 'joint'] as const).find((one) => item.ways.includes(one))
}
