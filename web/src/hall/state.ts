// What all screens of the shared services share: where the reader is, who they are.
import { computed, effectScope, shallowRef } from 'vue'

import { hall, type HallMe } from '@/api/hall'
import { session } from '@/state/session'
import { useResource, type Resource } from '@/state/resource'
import { go, view } from '@/state/view'

import { hrefOf, readSpot, writeSpot, type Query, type ScreenName, type Spot } from './address'
import { language } from './words'

const scope = effectScope(true)
const edition = shallowRef(0)

/** Counts up when something was written: every list is asked for again. */
export const currentEdition = computed(() => edition.value)
export function refreshHall(): void {
  edition.value += 1
}

/** Who the reader is to this node; counts of what waits for them. */
export const me: Resource<HallMe> = scope.run(() =>
  useResource(
    () => (session.data.value ? { edition: edition.value, who: session.data.value.who?.name ?? '' } : null),
    (_asked, signal) => hall.me(signal),
  ),
) as Resource<HallMe>

export const can = (permission: string): boolean => me.data.value?.permissions.includes(permission) ?? false
export const isGuest = computed(() => (me.data.value?.kind ?? 'guest') === 'guest')
export const isStaff = computed(() => me.data.value?.kind === 'staff')
export const today = computed(() => me.data.value?.today ?? '')

const asked = computed<Spot>(() => readSpot(view.value.hall ?? ''))
const FIRST: readonly (readonly [permission: string, screen: ScreenName])[] = [
  ['hall.handle', 'desk'],
  ['hall.board', 'board'],
  ['hall.items.edit', 'editor'],
  ['hall.items.publish', 'editor'],
]
/** Where a reader begins who asked for no screen: where their work is. */
export const first = computed<ScreenName>(
  () => (isStaff.value && FIRST.find(([permission]) => can(permission))?.[1]) || 'find',
)
/** Where the reader is. */
export const spot = computed<Spot & { readonly screen: ScreenName }>(() => ({
  ...asked.value,
  screen: asked.value.screen ?? first.value,
}))
export const query = computed<Query>(() => spot.value.query)

export function goTo(to: Spot, keeping: 'step' | 'slide' = 'step'): void {
  go({ hall: writeSpot(to) }, keeping)
}

/** Change the query of the screen that is shown; what is empty is left out. */
export function ask(change: Query, keeping: 'step' | 'slide' = 'step'): void {
  goTo({ ...spot.value, query: { ...query.value, ...change } }, keeping)
}

/** A value of the screen that stands in the address. */
export const useAsked = (name: string, keeping: 'step' | 'slide' = 'step') =>
  computed({
    get: () => query.value[name] ?? '',
    set: (value: string) => {
      ask({ [name]: value }, keeping)
    },
  })

export const linkTo = (screen: ScreenName, id: string | null = null, more: Query = {}): string =>
  hrefOf({ screen, id, query: more }, language.value)
