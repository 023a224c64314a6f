// Undo and redo: what was there before and after, whatever it is written as. Pure.

export interface History {
  readonly past: readonly (string | null)[]
  readonly now: string | null
  readonly future: readonly (string | null)[]
}

const MOST = 100

export const begun = (now: string | null): History => ({ past: [], now, future: [] })

/** Follow to what is there now: the browser's back and forward are steps of the history too. */
export function follow(history: History, now: string | null): History {
  if (now === history.now) return history
  if (history.past.length > 0 && history.past.at(-1) === now) return undone(history)
  if (history.future.length > 0 && history.future[0] === now) return redone(history)
  return { past: [...history.past, history.now].slice(-MOST), now, future: [] }
}

export function undone({ past, now, future }: History): History {
  return past.length === 0 ? { past, now, future } : { past: past.slice(0, -1), now: past.at(-1) ?? null, future: [now, ...future] }
}

export function redone({ past, now, future }: History): History {
  return future.length === 0 ? { past, now, future } : { past: [...past, now], now: future[0] ?? null, future: future.slice(1) }
}
