// What is asked once and used everywhere: the region, its layers, saved scenarios.
import { computed, effectScope, shallowRef, watch } from 'vue'

import { api, type Layer, type Region, type State } from '@/api'
import { topicOf } from '@/api/topics'
import { say } from '@/words'

import { currentEdition } from './edition'
import { useResource, type Resource } from './resource'
import { mainTopic, topicLayers } from './topics'
import { onMap, view } from './view'

const scope = effectScope(true)
/** A service without a region leaves out of its page what the first map waits for. */
export const hasMap = document.querySelector('link[rel="preload"][href*="api/v1/region"]') !== null
// The pages beside it need nothing of the map.
const wanted = shallowRef(hasMap && onMap.value)
watch(onMap, (shown) => {
  if (shown && hasMap) wanted.value = true
})
const ask = <T>(fetching: (signal: AbortSignal) => Promise<T>): Resource<T> =>
  scope.run(() => useResource(() => (wanted.value ? currentEdition.value : null), (_edition, signal) => fetching(signal))) as Resource<T>

export { currentEdition, refresh } from './edition'

export const region: Resource<Region> = ask(api.region)
export const layers: Resource<Layer[]> = ask(api.layers)
export const scenarios = ask(api.scenarios)

export const sources = computed(() => region.data.value?.sources ?? [])

export const findLayer = (key: string | null): Layer | null =>
  layers.data.value?.find((layer) => layer.key === key) ?? topicLayers.value.find((layer) => layer.key === key) ?? null

/** What a reader calls a state: today, or a scenario's title. */
export const stateName = (state: State): string =>
  state === null ? say('map.today') : (scenarios.data.value?.find((one) => one.key === state)?.title ?? state)

/** `none` in the address is the bare base map. */
export const NO_LAYER = 'none'

/** The layer shown: the chosen one, else the first; none while its topic is still looked into. */
export const shownLayer = computed<Layer | null>(() => {
  const chosen = view.value.layer
  if (chosen === NO_LAYER) return null
  const found = findLayer(chosen)
  if (found === null && topicOf(chosen) !== null && mainTopic.data.value === null) return null
  return found ?? layers.data.value?.[0] ?? null
})
