// The one drawing of the page: it stands in the address, and every tool may add to it.
import { computed, shallowRef, watch } from 'vue'

import { region } from '@/state/region'
import { useParameter } from '@/state/view'

import { readDrawing, writeDrawing, type Drawing, type Drawn } from './drawing'
import { begun, follow, redone, undone } from './history'

const written = useParameter('draw')
/** Key of the scenario that the drawing was loaded from; null: a new one. */
export const loadedFrom = useParameter('of', 'slide')

const read = computed(() => readDrawing(written.value, region.data.value?.hash ?? ''))

export const drawing = computed<Drawing>(() => (region.data.value ? read.value.drawing : []))
/** What the address holds and could not be taken: of another version of the data, or not understood. */
export const leftOut = computed(() =>
  region.data.value ? { lost: read.value.lost, outdated: read.value.outdated } : { lost: 0, outdated: 0 },
)

const history = shallowRef(begun(written.value))
watch(written, (now) => {
  history.value = follow(history.value, now)
})

export function put(next: Drawing): void {
  written.value = writeDrawing(next, region.data.value?.hash ?? '')
}

export const add = (one: Drawn): void => {
  put([...drawing.value, one])
}

export const replace = (at: number, one: Drawn): void => {
  put(drawing.value.map((known, index) => (index === at ? one : known)))
}

export const remove = (at: number): void => {
  put(drawing.value.filter((_, index) => index !== at))
}

export const canUndo = computed(() => history.value.past.length > 0)
export const canRedo = computed(() => history.value.future.length > 0)

export function undo(): void {
  written.value = undone(history.value).now
}

export function redo(): void {
  written.value = redone(history.value).now
}
