// What a value breaks of a schema: the part of JSON Schema 2020-12 that forms are written in. Pure.
// The service checks all of it again; here it is for conditions, and to tell at once.
import type { Schema } from '@/api/types_hall'

import { FORMATS } from './numbers'
import { at, escaped, isObject, same } from './pointers'

/** A rule that is broken, where, and its limit. */
export interface Broken {
  readonly pointer: string
  readonly rule: string
  readonly limit?: unknown
}

type Given = Schema | boolean

export const isSchema = (value: unknown): value is Given => typeof value === 'boolean' || isObject(value)
const schemas = (value: unknown): readonly Given[] => (Array.isArray(value) ? value.filter(isSchema) : [])
const named = (value: unknown): readonly (readonly [string, Given])[] =>
  isObject(value) ? Object.entries(value).filter((one): one is [string, Given] => isSchema(one[1])) : []
const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  integer: (value) => typeof value === 'number' && Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  object: isObject,
  array: Array.isArray,
  null: (value) => value === null,
}

/** What a reference within the schema leads to; schemas of forms refer to their own `$defs` alone. */
export const followed = (schema: Schema, root: Schema): Schema => {
  const reference = schema['$ref']
  if (typeof reference !== 'string' || !reference.startsWith('#')) return schema
  const found = at(root, decodeURIComponent(reference.slice(1)))
  const beside = Object.fromEntries(Object.entries(schema).filter(([name]) => name !== '$ref'))
  return isObject(found) && found !== schema ? { ...followed(found, root), ...beside } : beside
}

const length = (text: string): number => [...text].length

function expression(pattern: string): RegExp | null {
  try {
    return new RegExp(pattern, 'u')
  } catch {
    return null
  }
}

type Rule = (value: never, limit: never) => boolean
const OF_NUMBERS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  minimum: (value, limit) => value >= limit,
  exclusiveMinimum: (value, limit) => value > limit,
  maximum: (value, limit) => value <= limit,
  exclusiveMaximum: (value, limit) => value < limit,
  multipleOf: (value, limit) => Math.abs(value / limit - Math.round(value / limit)) < 1e-9,
}
const OF_TEXTS: Readonly<Record<string, (value: string, limit: never) => boolean>> = {
  minLength: (value, limit: number) => length(value) >= limit,
  maxLength: (value, limit: number) => length(value) <= limit,
  pattern: (value, limit: string) => expression(limit)?.test(value) ?? true,
  format: (value, limit: string) => FORMATS[limit]?.(value) ?? true,
}
const OF_LISTS: Readonly<Record<string, (value: readonly unknown[], limit: never) => boolean>> = {
  minItems: (value, limit: number) => value.length >= limit,
  maxItems: (value, limit: number) => value.length <= limit,
  uniqueItems: (value, limit: boolean) =>
    !limit || value.every((one, index) => value.slice(0, index).every((other) => !same(one, other))),
}

const limits = (rules: Readonly<Record<string, Rule>>, schema: Schema, value: unknown, pointer: string): Broken[] =>
  Object.entries(rules)
    .filter(([rule, holds]) => schema[rule] !== undefined && !holds(value as never, schema[rule] as never))
    .map(([rule]) => ({ pointer, rule, limit: schema[rule] }))

function ofObject(schema: Schema, value: Readonly<Record<string, unknown>>, pointer: string, root: Schema): Broken[] {
  const has = (name: string): boolean => Object.hasOwn(value, name)
  const missing = (name: string): Broken => ({ pointer: `${pointer}/${escaped(name)}`, rule: 'required' })
  const dependent = isObject(schema['dependentRequired']) ? Object.entries(schema['dependentRequired']) : []
  const wanted = [
    ...texts(schema['required']),
    ...dependent.filter(([name]) => has(name)).flatMap(([, more]) => texts(more)),
  ]
  return [
    ...[...new Set(wanted)].filter((name) => !has(name)).map(missing),
    ...named(schema['properties'])
      .filter(([name]) => has(name))
      .flatMap(([name, own]) => broken(own, value[name], `${pointer}/${escaped(name)}`, root)),
    ...named(schema['dependentSchemas'])
      .filter(([name]) => has(name))
      .flatMap(([, more]) => broken(more, value, pointer, root)),
  ]
}

function ofList(schema: Schema, value: readonly unknown[], pointer: string, root: Schema): Broken[] {
  const found = limits(OF_LISTS, schema, value, pointer)
  const items = schema['items']
  if (isSchema(items)) found.push(...value.flatMap((one, index) => broken(items, one, `${pointer}/${index}`, root)))
  const contains = schema['contains']
  if (isSchema(contains) && !value.some((one) => holds(contains, one, root))) found.push({ pointer, rule: 'contains' })
  return found
}

function combined(schema: Schema, value: unknown, pointer: string, root: Schema): Broken[] {
  const found = schemas(schema['allOf']).flatMap((one) => broken(one, value, pointer, root))
  const choices = { anyOf: schemas(schema['anyOf']), oneOf: schemas(schema['oneOf']) }
  const fit = (list: readonly Given[]): number => list.filter((one) => holds(one, value, root)).length
  if (choices.anyOf.length > 0 && fit(choices.anyOf) === 0) found.push({ pointer, rule: 'anyOf' })
  if (choices.oneOf.length > 0 && fit(choices.oneOf) !== 1) found.push({ pointer, rule: 'oneOf' })
  if (isSchema(schema['not']) && holds(schema['not'], value, root)) found.push({ pointer, rule: 'not' })
  if (isSchema(schema['if'])) {
    const then = schema[holds(schema['if'], value, root) ? 'then' : 'else']
    if (isSchema(then)) found.push(...broken(then, value, pointer, root))
  }
  return found
}

/** Everything that a value breaks. */
export function broken(given: Given, value: unknown, pointer = '', root?: Schema): Broken[] {
  if (typeof given === 'boolean') return given ? [] : [{ pointer, rule: 'false' }]
  const top = root ?? given
  const schema = followed(given, top)
  const types = typeof schema['type'] === 'string' ? [schema['type']] : texts(schema['type'])
  if (types.length > 0 && !types.some((type) => TYPES[type]?.(value))) return [{ pointer, rule: 'type', limit: types[0] }]
  const found: Broken[] = []
  if ('const' in schema && !same(value, schema['const'])) found.push({ pointer, rule: 'const' })
  const options = schema['enum']
  if (Array.isArray(options) && !options.some((one) => same(one, value))) found.push({ pointer, rule: 'enum' })
  if (typeof value === 'number') found.push(...limits(OF_NUMBERS, schema, value, pointer))
  if (typeof value === 'string') found.push(...limits(OF_TEXTS, schema, value, pointer))
  if (Array.isArray(value)) found.push(...ofList(schema, value, pointer, top))
  if (isObject(value)) found.push(...ofObject(schema, value, pointer, top))
  return [...found, ...combined(schema, value, pointer, top)]
}

/** Whether a value is as a schema says: what decides on conditional parts. */
export const holds = (given: Given, value: unknown, root?: Schema): boolean => broken(given, value, '', root).length === 0
