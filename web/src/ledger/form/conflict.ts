// Two people changed the same item: what each of them made of each field. Pure.
import type { Fields, Json } from '@/api/types_ledger'

export interface Clash {
  readonly name: string
  /** As it was when this reader began. */
  readonly before: Json
  /** What this reader made of it. */
  readonly mine: Json
  /** What stands in the ledger now. */
  readonly theirs: Json
  /** Both changed it, to different values: somebody has to choose. */
  readonly open: boolean
}

const same = (one: Json, other: Json): boolean => JSON.stringify(one) === JSON.stringify(other)

/** The fields that somebody changed meanwhile, or that this reader changed. */
export function clashes(before: Fields, mine: Fields, now: Fields): readonly Clash[] {
  const names = new Set([...Object.keys(mine), ...Object.keys(now)])
  return [...names].flatMap((name) => {
    const was = before[name] ?? null
    const theirs = now[name] ?? null
    const changedByMe = name in mine && !same(mine[name] ?? null, was)
    const changedByThem = !same(theirs, was)
    if (!changedByMe && !changedByThem) return []
    const own = changedByMe ? (mine[name] ?? null) : was
    return [{ name, before: was, mine: own, theirs, open: changedByMe && changedByThem && !same(own, theirs) }]
  })
}

/**
 * What is to be sent now, upon the newer version: this reader's changes that nobody else touched,
 * and of the others those where `choice` says `mine`.
 */
export function resolved(found: readonly Clash[], mine: Fields, choice: Readonly<Record<string, 'mine' | 'theirs'>>): Fields {
  const kept: Record<string, Json> = {}
  for (const one of found) {
    if (!(one.name in mine) || same(one.mine, one.theirs)) continue
    if (!one.open || choice[one.name] === 'mine') kept[one.name] = one.mine
  }
  return kept
}

/** Whether every open field was decided. */
export const decided = (found: readonly Clash[], choice: Readonly<Record<string, 'mine' | 'theirs'>>): boolean =>
  found.every((one) => !one.open || choice[one.name] !== undefined)
