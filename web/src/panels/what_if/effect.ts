// What the drawing changes: the quick answer first, then the whole one with borders.
import { computed, type ComputedRef } from 'vue'

import type { ApiProblem } from '@/api/client'
import { analysis, type Comparison } from '@/api/analysis'
import { currentEdition } from '@/state/region'
import { useResource } from '@/state/resource'

import { bodyOf } from './drawing'
import { drawing } from './drawn'

export interface Effect {
  readonly shown: ComputedRef<Comparison | null>
  /** `quick`: nothing is there yet; `whole`: borders are still missing; null: all is there. */
  readonly waiting: ComputedRef<'quick' | 'whole' | null>
  readonly problem: ComputedRef<ApiProblem | null>
  readonly retry: () => void
}

export function useEffect(): Effect {
  const question = computed(() =>
    drawing.value.length === 0 ? null : { interventions: drawing.value.map(bodyOf), edition: currentEdition.value },
  )
  const about = computed(() => JSON.stringify(question.value))
  type Asked = NonNullable<typeof question.value>
  const ask = async (asked: Asked, quick: boolean, signal: AbortSignal) => ({
    about: JSON.stringify(asked),
    answer: await analysis.whatIf(asked.interventions, quick, signal),
  })
  const quick = useResource(
    () => question.value,
    (asked, signal) => ask(asked, true, signal),
  )
  const isQuick = computed(() => quick.data.value?.about === about.value)
  const whole = useResource(
    () => (isQuick.value ? question.value : null),
    (asked, signal) => ask(asked, false, signal),
  )
  const isWhole = computed(() => whole.data.value?.about === about.value)
  return {
    // The answer before stays until the next is there: figures do not flicker while one draws.
    shown: computed(() => (isWhole.value ? whole.data.value : quick.data.value)?.answer ?? null),
    waiting: computed(() => {
      if (question.value === null || isWhole.value) return null
      if (!isQuick.value) return quick.problem.value ? null : 'quick'
      return whole.problem.value ? null : 'whole'
    }),
    problem: computed(() => quick.problem.value ?? whole.problem.value),
    retry: () => {
      if (quick.problem.value) quick.retry()
      else whole.retry()
    },
  }
}
