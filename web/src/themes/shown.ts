// The themes on the map now: that of the chosen layer, and of the one compared with it.
import { computed, effectScope, shallowRef, type ComputedRef } from 'vue'

import { api, type Layer, type LayerValues } from '@/api'
import { currentEdition, findLayer, shownLayer } from '@/state/region'
import { useResource, type Resource } from '@/state/resource'
import { view } from '@/state/view'

import { figuresOf, scaleFor, themeOf, type Theme } from './theme'

const scope = effectScope(true)

interface Asked {
  readonly key: string
  readonly state: string | null
  readonly year: number | null
}

const load = (asked: () => Asked | null): Resource<LayerValues> =>
  scope.run(() =>
    useResource(
      () => {
        const what = asked()
        return what && { ...what, edition: currentEdition.value }
      },
      ({ key, state, year }, signal) => api.values(key, state, year, signal),
    ),
  ) as Resource<LayerValues>

const yearOf = (layer: Layer): number | null => {
  if (layer.years.length === 0) return null
  const chosen = view.value.year
  return chosen !== null && layer.years.includes(chosen) ? chosen : (layer.years.at(-1) ?? null)
}

/** The year shown; null where the layer knows none. */
export const shownYear = computed(() => (shownLayer.value ? yearOf(shownLayer.value) : null))

export const otherLayer = computed<Layer | null>(() => {
  const compare = view.value.compare
  if (!compare) return null
  return compare.layer === null ? shownLayer.value : findLayer(compare.layer)
})

export const mainValues = load(() => {
  const layer = shownLayer.value
  return layer && { key: layer.key, state: view.value.state, year: yearOf(layer) }
})

export const otherValues = load(() => {
  const layer = otherLayer.value
  const compare = view.value.compare
  return layer && compare && { key: layer.key, state: compare.state, year: yearOf(layer) }
})

const classes = computed(() => ({
  scheme: view.value.scheme,
  count: view.value.classes,
  ramp: view.value.ramp,
}))

/** Answers carry their key: an answer of the layer before is not painted as the new one. */
const answered = (layer: Layer | null, given: LayerValues | null): given is LayerValues =>
  layer !== null && given !== null && given.key === layer.key

const mainScale = computed(() => {
  const layer = shownLayer.value
  const given = mainValues.data.value
  if (!layer || !answered(layer, given)) return null
  return scaleFor(figuresOf(given), layer.scale, classes.value)
})

const chosenTheme = computed<Theme | null>(() => {
  const layer = shownLayer.value
  const given = mainValues.data.value
  if (!layer || !mainScale.value || !answered(layer, given)) return null
  return themeOf(layer, given, mainScale.value)
})

/** A theme that a tool puts in place of the chosen layer, as long as the tool is open. */
export const guest = shallowRef<Theme | null>(null)

export const mainTheme: ComputedRef<Theme | null> = computed(() => guest.value ?? chosenTheme.value)

export const otherTheme: ComputedRef<Theme | null> = computed(() => {
  const layer = otherLayer.value
  const given = otherValues.data.value
  if (!layer || !answered(layer, given)) return null
  // Two states of one layer are put into the same classes: equal colours are equal values.
  const shared = layer.key === shownLayer.value?.key ? mainScale.value : null
  return themeOf(layer, given, shared ?? scaleFor(figuresOf(given), layer.scale, classes.value))
})
