// The card of what is picked.
import { effectScope, watch } from 'vue'

import { api, type Card } from '@/api'

import { currentEdition } from './region'
import { useResource, type Resource } from './resource'
import { go, view } from './view'

const scope = effectScope(true)

// By what was asked last: a unit clicked by row is asked for again by its code.
let last: { readonly about: string; readonly card: Card } | null = null

export const card: Resource<Card> = scope.run(() =>
  useResource(
    () => {
      const pick = view.value.pick
      return pick && { ...pick, state: view.value.state, edition: currentEdition.value }
    },
    async ({ level, code, state, edition }, signal) => {
      const about = `${edition} ${state ?? ''} ${level}`
      if (last?.about === about && last.card.code === code) return last.card
      const found = await api.card(level, code, state, signal)
      last = { about, card: found }
      return found
    },
  ),
) as Resource<Card>

// Rows change with a new version of the data, codes do not: a link should hold the code.
scope.run(() => {
  watch(card.data, (known) => {
    const pick = view.value.pick
    if (known && pick?.code.startsWith('@') && pick.level === known.level) {
      go({ pick: { level: known.level, code: known.code } }, 'slide')
    }
  })
})
