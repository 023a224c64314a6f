// Counts up when the server's data changed under us (a new version, an undo): all is asked again.
import { computed, shallowRef } from 'vue'

const edition = shallowRef(0)

/** Part of every question whose answer hangs on the version of the data. */
export const currentEdition = computed(() => edition.value)

/** Ask for everything again: the region has a new version, or a scenario was saved or removed. */
export function refresh(): void {
  edition.value += 1
}
