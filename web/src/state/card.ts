// The card of what is picked.
import { effectScope } from 'vue'

import { api, type Card } from '@/api'

import { currentEdition } from './region'
import { useResource, type Resource } from './resource'
import { view } from './view'

const scope = effectScope(true)

export const card: Resource<Card> = scope.run(() =>
  useResource(
    () => {
      const pick = view.value.pick
      return pick && { ...pick, state: view.value.state, edition: currentEdition.value }
    },
    ({ level, code, state }, signal) => api.card(level, code, state, signal),
  ),
) as Resource<Card>
