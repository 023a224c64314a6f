// In which ways somebody in one city can apply for what another decides. Pure.
import type { HallWay } from '@/api/types_hall'

export interface Open {
  /** Their own city decides: no border is crossed. */
  readonly home: boolean
  /** Across the border, by themselves; a window's way is not among them. */
  readonly ways: readonly HallWay[]
}

export function waysFrom(from: string, decides: string | null, ways: readonly HallWay[]): Open {
  if (decides === null || from === decides) return { home: true, ways: [] }
  return { home: false, ways: ways.filter((one) => one !== 'agent') }
}

/** What a life event's steps stand in: those of a stage can run side by side. */
export function stagesOf<T extends { readonly basic_code: string; readonly after: readonly string[] }>(
  steps: readonly T[],
): readonly (readonly T[])[] {
  const there = new Set(steps.map((one) => one.basic_code))
  const done = new Set<string>()
  const stages: T[][] = []
  let left = [...steps]
  while (left.length > 0) {
    const ready = left.filter((one) => one.after.every((before) => done.has(before) || !there.has(before)))
    // A circle would wait for ever: what is left stands in one stage.
    const stage = ready.length > 0 ? ready : left
    stages.push(stage)
    for (const one of stage) done.add(one.basic_code)
    left = left.filter((one) => !stage.includes(one))
  }
  return stages
}
