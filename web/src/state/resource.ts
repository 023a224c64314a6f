// Something that is fetched and can fail: what is there, what went wrong, a second try.
import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'

import { ApiProblem } from '@/api/client'
import { both } from '@/words'

export interface Resource<T> {
  /** The last answer; it stays while a newer one is under way. */
  readonly data: ShallowRef<T | null>
  readonly problem: ShallowRef<ApiProblem | null>
  readonly loading: ShallowRef<boolean>
  readonly retry: () => void
}

// Resources that found no service. When one tries again, all do: they fail together.
const cutOff = new Set<() => void>()

/** Turn anything thrown into a problem with words. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new ApiProblem(0, both('map.problem_page'), { zh: reason, en: reason })
}

/**
 * Fetch whenever `question` changes; an overtaken fetch is aborted. A question of null asks
 * nothing and empties the resource.
 */
export function useResource<Q, T>(
  question: () => Q | null,
  fetching: (question: Q, signal: AbortSignal) => Promise<T>,
): Resource<T> {
  const data = shallowRef<T | null>(null)
  const problem = shallowRef<ApiProblem | null>(null)
  const loading = shallowRef(false)
  let running: AbortController | null = null
  const again = (): void => {
    void run(question())
  }

  function retry(): void {
    const others = [...cutOff].filter((other) => other !== again)
    again()
    for (const other of others) other()
  }

  async function run(asked: Q | null): Promise<void> {
    running?.abort()
    running = null
    problem.value = null
    cutOff.delete(again)
    if (asked === null) {
      data.value = null
      loading.value = false
      return
    }
    const mine = new AbortController()
    running = mine
    loading.value = true
    try {
      const answer = await fetching(asked, mine.signal)
      if (running === mine) data.value = answer
    } catch (error) {
      if (running !== mine || mine.signal.aborted) return
      data.value = null
      problem.value = asProblem(error)
      if (problem.value.status === 0) cutOff.add(again)
    } finally {
      if (running === mine) loading.value = false
    }
  }

  // Questions are compared by content: a new object with the same content is no new question.
  watch(
    () => JSON.stringify(question()),
    () => void run(question()),
    { immediate: true },
  )
  onScopeDispose(() => {
    running?.abort()
    cutOff.delete(again)
  })
  return { data, problem, loading, retry }
}
