// A form of an item: what was there, what was typed, what is wrong with it, what changed.
import { computed, nextTick, reactive, ref, type ComputedRef, type Ref } from 'vue'

import type { Fields, Json } from '@/api/types_ledger'

import { changedFields, draftFields, faultsOf, fieldOf, rowFaults, rowsOf, typedRows, type Faults, type TypedRow } from './fields'
import { geometryOf, typedPlace } from './place'

export interface Form {
  readonly names: readonly string[]
  readonly values: Record<string, Json>
  /** Rows of lists as they were typed, by field. */
  readonly typed: Record<string, TypedRow[]>
  readonly place: Ref<string>
  readonly counties: Ref<readonly string[]>
  readonly result: ComputedRef<Fields>
  readonly faults: ComputedRef<Faults>
  readonly changed: ComputedRef<Fields>
  readonly draft: ComputedRef<Fields>
  /** Faults are shown once somebody tried to send. */
  readonly tried: Ref<boolean>
}

function countiesOf(place: Json | undefined): readonly string[] {
  const counties = place && typeof place === 'object' && !Array.isArray(place) ? (place as Fields)['counties'] : null
  return Array.isArray(counties) ? counties.map(String) : []
}

export function makeForm(before: Fields, names: readonly string[]): Form {
  const values = reactive<Record<string, Json>>({ ...before }) as Record<string, Json>
  const typed = reactive<Record<string, TypedRow[]>>({}) as Record<string, TypedRow[]>
  for (const name of names) {
    const columns = fieldOf(name)?.columns
    if (columns) typed[name] = [...typedRows(before[name], columns)]
  }
  const given = before['place']
  const geometry = given && typeof given === 'object' && !Array.isArray(given) ? (given as Fields)['geometry'] : undefined
  const place = ref(typedPlace(geometry))
  const counties = ref<readonly string[]>(countiesOf(given))

  const result = computed<Fields>(() => {
    const rows = Object.entries(typed).map(([name, one]) => [name, rowsOf(one, fieldOf(name)?.columns ?? [])])
    const found = geometryOf(place.value) ?? null
    const none = found === null && counties.value.length === 0
    return {
      ...values,
      ...(Object.fromEntries(rows) as Fields),
      ...(names.includes('place') ? { place: none ? null : { geometry: found, counties: counties.value } } : {}),
    }
  })
  const faults = computed<Faults>(() => ({
    ...faultsOf(result.value, names),
    ...Object.assign({}, ...Object.entries(typed).map(([name, one]) => {
      const field = fieldOf(name)
      return field ? rowFaults(field, one) : {}
    })) as Faults,
    ...(names.includes('place') && geometryOf(place.value) === undefined ? { place: 'geometry' as const } : {}),
  }))
  return {
    names,
    values,
    typed,
    place,
    counties,
    result,
    faults,
    changed: computed(() => changedFields(before, result.value, names)),
    draft: computed(() => draftFields(result.value)),
    tried: ref(false),
  }
}

/** Give the keyboard to the first field that is wrong. */
export async function toFault(): Promise<void> {
  await nextTick()
  document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
}
