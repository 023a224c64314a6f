// What is wrong with a form as it is filled in, in words and in the order of its fields. Pure.
import type { HallFault, HallForm } from '@/api/types_hall'
import type { Words } from '@/words'

import type { Field } from './fields'
import { at, type Values } from './pointers'
import { broken, type Broken } from './validate'

/** What can be said of a broken rule. */
export const FAULTS = [
  'required',
  'choice',
  'agree',
  'number',
  'whole',
  'long',
  'short',
  'small',
  'big',
  'few',
  'many',
  'same',
  'id',
  'credit',
  'phone',
  'day',
  'other',
] as const
export type FaultName = (typeof FAULTS)[number]

const BY_RULE: Readonly<Record<string, FaultName>> = {
  required: 'required',
  const: 'agree',
  enum: 'choice',
  oneOf: 'choice',
  anyOf: 'choice',
  maxLength: 'long',
  minLength: 'short',
  minimum: 'small',
  exclusiveMinimum: 'small',
  maximum: 'big',
  exclusiveMaximum: 'big',
  minItems: 'few',
  maxItems: 'many',
  uniqueItems: 'same',
}
const BY_FORMAT: Readonly<Record<string, FaultName>> = {
  'cn-id-number': 'id',
  'cn-credit-code': 'credit',
  'cn-phone': 'phone',
  date: 'day',
}

function nameOf(one: Broken, value: unknown): FaultName {
  if (one.rule === 'type') {
    if (one.limit === 'number') return 'number'
    return one.limit === 'integer' ? 'whole' : 'other'
  }
  const blank = typeof value === 'string' && value.trim() === ''
  if (blank && (one.rule === 'minLength' || one.rule === 'pattern')) return 'required'
  if (one.rule === 'format') return BY_FORMAT[String(one.limit)] ?? 'other'
  return BY_RULE[one.rule] ?? 'other'
}

/** What is said of a field that must be filled in and is not. */
const MISSING: Readonly<Partial<Record<Field['input'], FaultName>>> = { agree: 'agree', one: 'choice', many: 'choice', yes: 'choice' }

export type Say = (name: FaultName, values: { readonly field: string; readonly limit: string }) => Words

/** The first fault of each field that is shown, by pointer; cells of a list have their own. */
export function faultsOf(
  form: Pick<HallForm, 'schema'>,
  fields: readonly Field[],
  data: Values,
  words: (field: Words) => string,
  say: Say,
): ReadonlyMap<string, Words> {
  const all = broken(form.schema, data)
  // An untouched part is missing as a whole: each of its fields is then.
  const missing = new Set(all.filter((one) => one.rule === 'required').map((one) => one.pointer))
  const found = new Map<string, Words>()
  for (const field of fields) {
    const value = at(data, field.pointer)
    if (value === undefined && field.required) {
      found.set(field.pointer, say(MISSING[field.input] ?? 'required', { field: words(field.title), limit: '' }))
      continue
    }
    for (const one of all) {
      const own = one.pointer === field.pointer || one.pointer.startsWith(`${field.pointer}/`)
      if (!own || found.has(one.pointer) || (value === undefined && !missing.has(field.pointer))) continue
      const column = field.columns.find((cell) => one.pointer.endsWith(cell.pointer))
      const limit = typeof one.limit === 'number' ? String(one.limit) : ''
      found.set(
        one.pointer,
        say(nameOf(one, at(data, one.pointer)), { field: words((column ?? field).title), limit }),
      )
    }
  }
  return found
}

/** What the service found, by pointer; the first of each stands. */
export function byPointer(faults: readonly HallFault[]): ReadonlyMap<string, Words> {
  const found = new Map<string, Words>()
  for (const { pointer, message } of faults) if (!found.has(pointer)) found.set(pointer, message)
  return found
}
