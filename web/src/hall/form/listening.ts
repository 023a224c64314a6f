// Evidence that was asked for: a holder may be another city's node, and its answer comes when it comes.
import { computed, onBeforeUnmount, watch } from 'vue'

import type { HallEvidence } from '@/api/hall'

const SOON = 1500
const LATE = 15_000

/** Ask again, less and less often, while something is waited for. */
export function useListening(
  evidence: () => readonly HallEvidence[],
  ask: () => Promise<readonly HallEvidence[]>,
  see: (found: readonly HallEvidence[]) => void,
): void {
  const waits = computed(() => evidence().some((one) => one.state === 'waiting'))
  let asking = 0
  function listen(pause: number): void {
    window.clearTimeout(asking)
    if (!waits.value) return
    asking = window.setTimeout(() => {
      void ask()
        .then(see)
        // The next asking tells of a line that is away.
        .catch(() => undefined)
        .finally(() => {
          listen(Math.min(LATE, pause * 1.5))
        })
    }, pause)
  }
  watch(
    waits,
    (now) => {
      if (now) listen(SOON)
    },
    { immediate: true },
  )
  onBeforeUnmount(() => {
    window.clearTimeout(asking)
  })
}
