// An item beside itself: in other cities, and as it was before. Pure.
import type { ComparedField, Finding, ItemFields, ItemVersion, Json } from '@/api/types_hall_desk'

/** Fields as they are sent: a list of lines or codes, a flag, a number, a text. */
export const same = (one: Json | undefined, other: Json | undefined): boolean =>
  JSON.stringify(one ?? null) === JSON.stringify(other ?? null)

/** Names of the fields in which a draft differs from what is published. */
export function changedFields(published: ItemFields, draft: ItemFields): readonly string[] {
  const names = new Set([...Object.keys(published), ...Object.keys(draft)])
  return [...names].filter((name) => !same(published[name], draft[name]))
}

/** What most cities say of a field; null where no value leads. */
export function usual(values: Readonly<Record<string, string>>): string | null {
  const counts = new Map<string, number>()
  for (const value of Object.values(values)) counts.set(value, (counts.get(value) ?? 0) + 1)
  const ranked = [...counts.entries()].sort((one, other) => other[1] - one[1])
  const [first, second] = ranked
  if (!first || (second && second[1] === first[1])) return null
  return first[0]
}

/** Cities whose value of a field is not what most say; all of them where nothing leads. */
export function apart(field: ComparedField): readonly string[] {
  if (!field.differs) return []
  const most = usual(field.values)
  return Object.entries(field.values).flatMap(([city, value]) => (value === most ? [] : [city]))
}

/** Findings by the field they speak of; those of the whole item under an empty name. */
export function byField(findings: readonly Finding[], names: readonly string[]): ReadonlyMap<string, readonly Finding[]> {
  const found = new Map<string, Finding[]>()
  for (const one of findings) {
    // A limit is one thing to a rule and two fields to an editor: its number and its unit.
    const name = names.find((known) => known === one.field || known.startsWith(`${one.field}.`)) ?? ''
    found.set(name, [...(found.get(name) ?? []), one])
  }
  return found
}

/** The version that stands on a day: of several the newest. */
export const standing = (versions: readonly ItemVersion[], day: string): ItemVersion | null =>
  [...versions]
    .filter((one) => (one.valid_from === null || one.valid_from <= day) && (one.valid_until === null || day <= one.valid_until))
    .sort((one, other) => other.version - one.version)[0] ?? null
