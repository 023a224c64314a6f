// Documents of an application: which are wanted, what stands for each, what is wrong with a file. Pure.
import type { FormValues, HallEvidence, HallFile, HallFileSlot, HallForm } from '@/api/types_hall'

import { begun, fieldsOf, type Field } from './fields'
import { at, put, same } from './pointers'

export const MOST_BYTES = 20 * 1024 * 1024

/** Whether a document is asked for, as the form is filled in. */
export const wanted = (slot: HallFileSlot, data: FormValues): boolean =>
  (slot.when ?? []).every((one) => one.values.some((value) => same(value, at(data, one.pointer))))

/** Where files of an application go, and where its evidence is asked for. */
export interface PaperDesk {
  readonly want: (document: string) => Promise<HallEvidence | null>
  readonly add: (name: string, file: File) => Promise<unknown>
  readonly drop: (file: string) => Promise<unknown>
}

/** Whether a document can be fetched already: of who represents a firm, once the form names them. */
export const fetchableNow = (slot: HallFileSlot, data: FormValues): boolean =>
  slot.fetchable && wanted(slot, data) && (slot.about === 'applicant' || at(data, '/applicant/representative') !== undefined)

/** Whether an application begins with fetching: something is held for whoever applies, whatever they fill in. */
export const beginsFetching = (form: HallForm, known: boolean): boolean =>
  known && form.files.some((one) => one.fetchable && one.about === 'applicant' && (one.when ?? []).length === 0)

/** Whether it is known who applies: somebody at a window has seen their papers. */
export const isKnown = (form: HallForm, served: boolean): boolean =>
  served || Object.values(form.prefill).some((one) => one.source.at !== null)

export type Standing = 'given' | 'agreed' | 'asked' | 'missing' | 'open'

/** How it stands with a document: a file was given, evidence agreed to, asked for, or nothing yet. */
export function standing(slot: HallFileSlot, files: readonly HallFile[], evidence: readonly HallEvidence[]): Standing {
  if (files.some((one) => one.name === slot.name)) return 'given'
  const own = evidenceOf(slot, evidence)
  if (own?.state === 'agreed') return 'agreed'
  if (own?.state === 'found' || own?.state === 'waiting') return 'asked'
  return slot.necessary ? 'missing' : 'open'
}

/** The last answer of a holder on a document. */
export const evidenceOf = (slot: HallFileSlot, evidence: readonly HallEvidence[]): HallEvidence | null =>
  evidence.findLast((one) => one.document.code === slot.document) ?? null

const ENDINGS: Readonly<Record<string, readonly string[]>> = {
  'application/pdf': ['pdf'],
  'application/ofd': ['ofd'],
  'image/jpeg': ['jpg', 'jpeg'],
  'image/png': ['png'],
}

/** What a file dialogue offers: media types, and endings where a browser knows no type (OFD). */
export const acceptOf = (media: readonly string[]): string =>
  media.flatMap((one) => [one, ...(ENDINGS[one] ?? []).map((ending) => `.${ending}`)]).join(',')

export const endingsOf = (media: readonly string[]): string =>
  media.map((one) => (ENDINGS[one]?.[0] ?? one).toUpperCase()).join(' / ')

export type FileFault = 'empty' | 'big' | 'kind'

/** What is wrong with a file before it is sent; the service looks into it besides. */
export function faultOf(file: { name: string; size: number; type: string }, media: readonly string[]): FileFault | null {
  if (file.size === 0) return 'empty'
  if (file.size > MOST_BYTES) return 'big'
  if (media.length === 0) return null
  const ending = file.name.split('.').at(-1)?.toLowerCase() ?? ''
  return media.some((one) => one === file.type || ENDINGS[one]?.includes(ending)) ? null : 'kind'
}

/** Where a field's value can be taken from: a document and one of its fields (`x-from`). */
export const sourcesOf = (field: Field): readonly (readonly [string, string])[] => {
  const given = field.schema['x-from']
  if (!Array.isArray(given)) return []
  return given.filter(
    (one): one is [string, string] => Array.isArray(one) && typeof one[0] === 'string' && typeof one[1] === 'string',
  )
}

/** What evidence that was agreed to tells of a field. */
export function taken(field: Field, evidence: readonly HallEvidence[]): { value: unknown; from: HallEvidence } | null {
  for (const [document, name] of sourcesOf(field)) {
    const from = evidence.findLast((one) => one.state === 'agreed' && one.document.code === document)
    const known = from?.fields.find((one) => one.name === name)
    if (from && known && known.value !== null && known.value !== '') return { value: known.value, from }
  }
  return null
}

/**
 * The values with all that is known: as they begin, and what evidence that was agreed to tells of fields
 * that are empty, also of those that only this opens; what somebody emptied (`left`) stays so.
 */
export function filled(form: HallForm, data: FormValues, evidence: readonly HallEvidence[], left: ReadonlySet<string> = new Set()): FormValues {
  let now: FormValues = data
  for (;;) {
    const before = now
    now = begun(form, now, left)
    for (const field of fieldsOf(form, now)) {
      const known = at(now, field.pointer) === undefined && !left.has(field.pointer) ? taken(field, evidence) : null
      if (known) now = put(now, field.pointer, known.value)
    }
    if (same(before, now)) return now
  }
}
