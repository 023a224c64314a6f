// What topics have found so far, and the layers they draw. A layer's key names its topic.
import { computed, effectScope, shallowRef, watch } from 'vue'

import type { Layer, Level } from '@/api'
import { analysis, type Job } from '@/api/analysis'
import { topicOf, topics, type Examination } from '@/api/topics'
import { both } from '@/words'

import { currentEdition } from './edition'
import { useResource, type Resource } from './resource'
import { view } from './view'
import { waitFor } from './waiting'

// A strand may give figures of groups or of the whole region too: the map has no shapes for these.
const DRAWN: readonly string[] = ['zone', 'county', 'city', 'border', 'road'] satisfies Level[]

// Answers of this edition, so that a panel and the map do not ask for the same twice.
const kept = new Map<string, Examination>()
const drawn = shallowRef<readonly Layer[]>([])

/** The layers of every topic that was looked into. */
export const topicLayers = computed(() => drawn.value)

function keep(about: string, found: Examination): void {
  kept.set(about, found)
  // The scale of the region as it is stays: colours of states can then be compared.
  const known = found.state === null ? [] : drawn.value.filter((one) => topicOf(one.key) === found.key)
  const rest = drawn.value.filter((one) => topicOf(one.key) !== found.key)
  drawn.value = [...rest, ...(known.length > 0 ? known : found.layers)]
}

/** Look into a topic; `tell` hears how far that is. */
export async function examine(
  key: string,
  state: string | null,
  tell: (job: Job) => void,
  signal: AbortSignal,
): Promise<Examination> {
  const about = `${currentEdition.value} ${state ?? ''} ${key}`
  const known = kept.get(about)
  if (known) return known
  const answer = await waitFor<Examination>(
    {
      ask: () => topics.one(key, state, signal),
      askJob: (id) => analysis.job(id, signal),
      tell,
      failed: both('map_topics.failed'),
    },
    signal,
  )
  const found = { ...answer, layers: answer.layers.filter((layer) => DRAWN.includes(layer.level)) }
  keep(about, found)
  return found
}

const scope = effectScope(true)

const behind = (shown: () => { layer: string | null; state: string | null } | null): Resource<Examination> =>
  scope.run(() =>
    useResource(
      () => {
        const what = shown()
        const key = topicOf(what?.layer ?? null)
        return key === null ? null : { key, state: what?.state ?? null, edition: currentEdition.value }
      },
      ({ key, state }, signal) => examine(key, state, () => undefined, signal),
    ),
  ) as Resource<Examination>

/** The topics behind the layers shown, where these are topics': asked for by whoever opens a link. */
export const mainTopic = behind(() => ({ layer: view.value.layer, state: view.value.state }))
export const otherTopic = behind(() => view.value.compare)

scope.run(() => {
  watch(currentEdition, () => {
    kept.clear()
  })
})
