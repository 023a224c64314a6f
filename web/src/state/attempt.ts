// Something that a press begins and that can fail: whether it runs, what to say, what went wrong.
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'

import type { ApiProblem } from '@/api'
import { asProblem } from './resource'

export interface Attempt {
  readonly busy: Ref<boolean>
  readonly said: Ref<string>
  readonly problem: ShallowRef<ApiProblem | null>
  /** Try it: what was said and what went wrong before is gone. */
  readonly attempt: (what: () => Promise<void>) => Promise<void>
}

export function useAttempt(): Attempt {
  const busy = ref(false)
  const said = ref('')
  const problem = shallowRef<ApiProblem | null>(null)
  async function attempt(what: () => Promise<void>): Promise<void> {
    busy.value = true
    problem.value = null
    said.value = ''
    try {
      await what()
    } catch (error) {
      problem.value = asProblem(error)
    } finally {
      busy.value = false
    }
  }
  return { busy, said, problem, attempt }
}
