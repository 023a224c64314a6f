// The steps of a process, as they are drawn: what goes side by side stands together. Pure.
import type { HallStage } from '@/api/types_hall'

/** Steps one after another; those of a group go side by side. */
export function groupsOf(stages: readonly HallStage[]): readonly (readonly HallStage[])[] {
  const groups: HallStage[][] = []
  for (const one of stages) {
    const last = groups.at(-1)
    if (one.beside && last) last.push(one)
    else groups.push([one])
  }
  return groups
}
