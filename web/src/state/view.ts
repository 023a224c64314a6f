// The one view, kept in step with the address. Everything that shows something reads it from here.
import { computed, shallowRef, watch, type ComputedRef, type WritableComputedRef } from 'vue'

import { language } from '@/words'

import { readView, writeView, type View } from './address'

const current = shallowRef<View>(readView(location.hash))

/** The view as it is now. */
export const view: ComputedRef<View> = computed(() => current.value)

type Keeping = 'step' | 'slide'

/**
 * Change the view and the address with it. A `step` (a layer, a selection) can be taken back
 * with the browser's back button; a `slide` (panning, an opacity) leaves no trace in its history.
 */
export function go(change: Partial<View>, keeping: Keeping = 'step'): void {
  const next = { ...current.value, ...change }
  const before = writeView(current.value)
  const after = writeView(next)
  current.value = next
  if (before === after) return
  const where = after ? `#${after}` : location.pathname + location.search
  if (keeping === 'step') history.pushState(null, '', where)
  else history.replaceState(null, '', where)
}

/** Whether the map is shown, not a page beside it. */
export const onMap = computed(() => current.value.ledger === null && current.value.hall === null)

/** A parameter of a tool that stands in the address under `name`; null when it is not there. */
export function useParameter(name: string, keeping: Keeping = 'step'): WritableComputedRef<string | null> {
  return computed({
    get: () => current.value.more[name] ?? null,
    set: (value) => {
      const rest = Object.entries(current.value.more).filter(([known]) => known !== name)
      go({ more: Object.fromEntries(value === null ? rest : [...rest, [name, value]]) }, keeping)
    },
  })
}

/** Follow the address: back, forward, an edited hash. Called once, at the start. */
export function followAddress(): void {
  const read = (): void => {
    const found = readView(location.hash)
    const { language: chosen, ledger, hall } = found
    // The map is as it was left when the reader comes back from another page.
    current.value =
      ledger === null && hall === null ? found : { ...current.value, language: chosen, ledger, hall }
  }
  window.addEventListener('popstate', read)
  window.addEventListener('hashchange', read)
  watch(
    () => current.value.language,
    (chosen) => {
      language.value = chosen
      document.documentElement.lang = chosen === 'zh' ? 'zh-CN' : 'en'
    },
    { immediate: true, flush: 'sync' },
  )
}
