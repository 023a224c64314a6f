// What all screens of the ledger share: where the reader is, who they are, the words of values.
import { computed, effectScope, shallowRef } from 'vue'

import { api, type Region } from '@/api'
import { ledger, type ChoiceList, type LedgerWords, type Me, type Unit } from '@/api/ledger'
import { session } from '@/state/session'
import { useResource, type Resource } from '@/state/resource'
import { go, view } from '@/state/view'

import { filtersOf, withValue } from './filters'
import { hrefOf, readSpot, writeSpot, type Query, type ScreenName, type Spot } from './address'
import { headed, language, text } from './words'

const scope = effectScope(true)
const edition = shallowRef(0)

/** Where the reader is. */
export const spot = computed<Spot>(() => readSpot(view.value.ledger ?? ''))
export const query = computed<Query>(() => spot.value.query)

/** Counts up when something was written: every list is asked for again. */
export const currentEdition = computed(() => edition.value)
export function refreshLedger(): void {
  edition.value += 1
}

export function goTo(to: Spot, keeping: 'step' | 'slide' = 'step'): void {
  go({ ledger: writeSpot(to) }, keeping)
}

/** Change the query of the screen that is shown. */
export function ask(next: Query, keeping: 'step' | 'slide' = 'step'): void {
  goTo({ ...spot.value, query: next }, keeping)
}

/** A value of the screen that stands in the address. */
export const useAsked = (name: string, keeping: 'step' | 'slide' = 'step') =>
  computed({
    get: () => query.value[name] ?? '',
    set: (value: string) => {
      ask(withValue(query.value, name, value), keeping)
    },
  })

export const linkTo = (screen: ScreenName, id: string | null = null, asked: Query = {}): string =>
  hrefOf({ screen, id, query: asked }, language.value)

const WITH_FILTERS: readonly ScreenName[] = ['board', 'table', 'gantt', 'curve', 'map', 'calendar']

/** A link to another look at the same items: filters go along. */
export const linkWith = (screen: ScreenName): string =>
  linkTo(
    screen,
    null,
    WITH_FILTERS.includes(screen) && WITH_FILTERS.includes(spot.value.screen) ? filtersOf(query.value) : {},
  )

/** Whether the service lets the reader into the ledger. */
export const admitted = computed(
  () => session.data.value?.permissions.some((one) => one === 'ledger.items.view' || one === 'admin') ?? false,
)

const whenAdmitted = <T>(fetching: (signal: AbortSignal) => Promise<T>): Resource<T> =>
  scope.run(() =>
    useResource(
      () => (admitted.value ? { edition: edition.value, who: session.data.value?.who?.name ?? '' } : null),
      (_asked, signal) => fetching(signal),
    ),
  ) as Resource<T>

export const me: Resource<Me> = whenAdmitted(ledger.me)
export const units: Resource<readonly Unit[]> = whenAdmitted(ledger.units)
export const words: Resource<LedgerWords> = scope.run(() =>
  useResource(
    () => (admitted.value ? 'words' : null),
    (_asked, signal) => ledger.words(signal),
  ),
) as Resource<LedgerWords>

export const can = (permission: string): boolean => me.data.value?.permissions.includes(permission) ?? false
export const MANAGE = 'ledger.items.manage'
export const MANAGE_UNITS = 'ledger.units.manage'
export const WRITE_REMINDERS = 'ledger.reminders.write'

/** Codes of the cities that the reader manages; null where it is all of them. */
export const managedCities = computed<readonly string[] | null>(() => {
  const roles = session.data.value?.who?.roles ?? []
  const cities = roles.flatMap((one) => one.city ?? [])
  const everywhere = roles.some((one) => one.city === null && ['circle_office', 'administrator'].includes(one.key))
  return everywhere || cities.length === 0 ? null : cities
})

export const today = computed(() => me.data.value?.today ?? '')

/** Values of an enumeration with their words. */
export const choices = (list: ChoiceList) => words.data.value?.[list] ?? []

/** The word of a value. */
export const label = (list: ChoiceList, value: string | null | undefined): string => {
  if (!value) return ''
  return headed(choices(list).find((one) => one.value === value)?.label) || value
}

/** The word of an item's field. */
export const fieldLabel = (name: string): string =>
  headed(words.data.value?.fields.find((one) => one.name === name)?.label) || name

export const fieldHelp = (name: string): string =>
  text(words.data.value?.fields.find((one) => one.name === name)?.help)

const byCode = computed(() => new Map((units.data.value ?? []).map((one) => [one.code, one])))

export const unitOf = (code: string | null): Unit | null => (code ? (byCode.value.get(code) ?? null) : null)

export const unitName = (code: string | null | undefined): string => {
  const unit = unitOf(code ?? null)
  if (!unit) return code ?? ''
  return language.value === 'en' ? (unit.name_en ?? unit.name) : unit.name
}

// Counties have names where the service has a region; asked for when the first one is shown.
const countiesWanted = shallowRef(false)
export const region = scope.run(() =>
  useResource(
    () => (countiesWanted.value && session.data.value?.region ? 'region' : null),
    (_asked, signal) => api.region(signal),
  ),
) as Resource<Region>
export function wantCounties(): void {
  countiesWanted.value = true
}
export const countyName = (code: string): string =>
  text(region.data.value?.counties.find((one) => one.code === code)?.name) || code

/** Units that are there today, for choosing. */
export const unitOptions = computed(() =>
  (units.data.value ?? [])
    .filter(
      (one) =>
        (!one.valid_from || !today.value || one.valid_from <= today.value) &&
        (!one.valid_to || !today.value || today.value <= one.valid_to),
    )
    .map((one) => ({ value: one.code, label: unitName(one.code) })),
)
