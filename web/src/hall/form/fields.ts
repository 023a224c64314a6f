// The fields of a form as it is filled in now: from its JSON Schema, with the parts whose condition holds. Pure.
import type { HallForm, Schema } from '@/api/types_hall'
import type { Words } from '@/words'

import { at, escaped, isObject, names, put, same, type Values } from './pointers'
import { followed, holds, isSchema } from './validate'

export type Input = 'line' | 'lines' | 'number' | 'day' | 'yes' | 'agree' | 'one' | 'many' | 'rows' | 'texts' | 'fixed'

export interface Option {
  readonly value: unknown
  readonly words: Words
}

export interface Field {
  readonly pointer: string
  readonly schema: Schema
  readonly required: boolean
  readonly input: Input
  readonly title: Words
  readonly hint: Words | null
  readonly options: readonly Option[]
  /** Of a list of rows: pointers are within a row. */
  readonly columns: readonly Field[]
}

const isWords = (value: unknown): value is Words => isObject(value) && typeof value['zh'] === 'string'
const plain = (value: unknown): Words => {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return { zh: text, en: text }
}

const titleOf = (schema: Schema, name: string): Words => {
  if (isWords(schema['x-title'])) return schema['x-title']
  return plain(typeof schema['title'] === 'string' ? schema['title'] : name)
}
const hintOf = (schema: Schema): Words | null => {
  if (isWords(schema['x-hint'])) return schema['x-hint']
  return typeof schema['description'] === 'string' ? plain(schema['description']) : null
}

/** What may be chosen: an `enum` with words beside it, or `oneOf` of constants with titles. */
function optionsOf(schema: Schema): readonly Option[] {
  const listed = schema['enum']
  if (Array.isArray(listed)) {
    const words = isObject(schema['x-options']) ? schema['x-options'] : {}
    return (listed as readonly unknown[]).map((value) => {
      const own = words[String(value)]
      return { value, words: isWords(own) ? own : plain(value) }
    })
  }
  const several = schema['oneOf'] ?? schema['anyOf']
  if (!Array.isArray(several) || several.length === 0) return []
  const constants = (several as readonly unknown[]).filter((one): one is Schema => isObject(one) && 'const' in one)
  if (constants.length !== several.length) return []
  return constants.map((one) => ({ value: one['const'], words: titleOf(one, String(one['const'])) }))
}

const LONG = 300

function inputOf(schema: Schema, options: readonly Option[], columns: readonly Field[]): Input {
  const type = Array.isArray(schema['type']) ? (schema['type'] as readonly unknown[])[0] : schema['type']
  if (type === 'array') {
    if (columns.length > 0) return 'rows'
    return options.length > 0 ? 'many' : 'texts'
  }
  if (schema['const'] === true) return 'agree'
  if ('const' in schema) return 'fixed'
  if (type === 'boolean') return 'yes'
  if (options.length > 0) return 'one'
  if (type === 'number' || type === 'integer') return 'number'
  if (schema['format'] === 'date') return 'day'
  return Number(schema['maxLength'] ?? 0) > LONG || schema['x-input'] === 'lines' ? 'lines' : 'line'
}

function made(pointer: string, schema: Schema, required: boolean, root: Schema): Field {
  const items = isObject(schema['items']) ? followed(schema['items'], root) : {}
  const isList = schema['type'] === 'array'
  const columns = isList && isObject(items['properties']) ? fieldsIn(items, {}, root, '') : []
  const options = optionsOf(isList ? items : schema)
  const name = names(pointer).at(-1) ?? ''
  const input = inputOf(schema, options, columns)
  return { pointer, schema, required, input, title: titleOf(schema, name), hint: hintOf(schema), options, columns }
}

/** Every schema that speaks of a value: its own, and those that hold for it as it is now. */
function parts(given: Schema, value: unknown, root: Schema): readonly Schema[] {
  const schema = followed(given, root)
  const found: Schema[] = [schema]
  const more = (one: unknown): void => {
    if (isObject(one)) found.push(...parts(one, value, root))
  }
  if (Array.isArray(schema['allOf'])) schema['allOf'].forEach(more)
  if (isSchema(schema['if'])) more(schema[holds(schema['if'], value, root) ? 'then' : 'else'])
  if (isObject(schema['dependentSchemas']) && isObject(value)) {
    for (const [name, one] of Object.entries(schema['dependentSchemas'])) if (Object.hasOwn(value, name)) more(one)
  }
  return found
}

interface Seen {
  schema: Schema
  required: boolean
}

/** The fields of an object, in the order in which its schema names them. */
function fieldsIn(schema: Schema, value: unknown, root: Schema, pointer: string): readonly Field[] {
  const own = isObject(value) ? value : {}
  const all = new Map<string, Seen>()
  const wanted = new Set<string>()
  for (const part of parts(schema, own, root)) {
    const properties = isObject(part['properties']) ? part['properties'] : {}
    for (const [name, one] of Object.entries(properties)) {
      if (!isObject(one)) continue
      const before = all.get(name)
      all.set(name, { schema: { ...before?.schema, ...followed(one, root) }, required: false })
    }
    if (Array.isArray(part['required'])) for (const name of part['required']) wanted.add(String(name))
    if (isObject(part['dependentRequired'])) {
      for (const [name, more] of Object.entries(part['dependentRequired'])) {
        if (Object.hasOwn(own, name) && Array.isArray(more)) for (const one of more) wanted.add(String(one))
      }
    }
  }
  return [...all].flatMap(([name, { schema: one }]) => {
    const where = `${pointer}/${escaped(name)}`
    if (isObject(one['properties'])) return fieldsIn(one, own[name], root, where)
    return [made(where, one, wanted.has(name), root)]
  })
}

/** The fields that are asked for as the form is filled in, in the form's order. */
export function fieldsOf(form: Pick<HallForm, 'schema' | 'order'>, data: Values): readonly Field[] {
  const place = new Map(form.order.map((pointer, index) => [pointer, index]))
  const rank = (field: Field): number => place.get(field.pointer) ?? place.size
  return [...fieldsIn(form.schema, data, form.schema, '')].sort((one, other) => rank(one) - rank(other))
}

export interface Section {
  readonly title: Words
  readonly fields: readonly Field[]
}

/** The fields under their headings; what no heading names stands at the end. */
export function sectionsOf(form: HallForm, fields: readonly Field[]): readonly Section[] {
  const listed = new Set(form.groups.flatMap((group) => group.fields))
  const rest = fields.filter((one) => !listed.has(one.pointer))
  const groups = form.groups.map((group) => ({
    title: group.title,
    fields: fields.filter((one) => group.fields.includes(one.pointer)),
  }))
  return [...groups, { title: { zh: '', en: '' }, fields: rest }].filter((one) => one.fields.length > 0)
}

/** What stands in a field before anybody typed: its default, or the one value there is. */
function first(field: Field): unknown {
  if ('default' in field.schema) return field.schema['default']
  if (field.input === 'fixed') return field.schema['const']
  if (field.input === 'one' && field.required && field.options.length === 1) return field.options[0]?.value
  return undefined
}

/**
 * The values with what is known before: what a source told, then defaults; nothing typed is touched,
 * and what somebody emptied (`left`) stays so.
 */
export function begun(form: HallForm, data: Values, left: ReadonlySet<string> = new Set()): Values {
  let now = data
  // What is filled in opens further parts, which have values of their own.
  for (;;) {
    const before = now
    for (const field of fieldsOf(form, now)) {
      if (at(now, field.pointer) !== undefined || left.has(field.pointer)) continue
      const known = form.prefill[field.pointer]?.value ?? first(field)
      if (known !== undefined && known !== null) now = put(now, field.pointer, known)
    }
    if (same(before, now)) return now
  }
}

/** The values of fields that are shown, and of no others: what is looked over before it is handed in. */
export function shownValues(fields: readonly Field[], data: Values): Values {
  return fields.reduce<Values>((kept, field) => {
    const value = at(data, field.pointer)
    return value === undefined ? kept : put(kept, field.pointer, value)
  }, {})
}

/** What was changed of values that were handed in; a field that was emptied is null. */
export function changedOf(fields: readonly Field[], before: Values, now: Values): Values {
  return fields.reduce<Values>((found, { pointer }) => {
    const value = at(now, pointer)
    return same(value, at(before, pointer)) ? found : put(found, pointer, value ?? null)
  }, {})
}

/** What was typed into a number's box: a number, or the text as it stands where it is none. */
export function numberOf(typed: string): number | string | undefined {
  const text = typed.trim().replaceAll(/[,，\s]/g, '').replace('−', '-')
  if (text === '') return undefined
  return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : typed
}
