// Which panels are open: what does not belong into a link that somebody else opens.
import { computed, ref, watch } from 'vue'

import { view } from '@/state/view'

const narrow = window.matchMedia('(max-width: 720px)')
export const isPhone = ref(narrow.matches)
narrow.addEventListener('change', (event) => {
  isPhone.value = event.matches
})

/** The layer panel on wide screens. */
const ROOMY = 1180
export const layersOpen = ref(window.innerWidth > ROOMY)

/** The sheet at the bottom of a phone. */
export type Sheet = 'layers' | 'legend' | 'tools' | 'side'
export const sheet = ref<Sheet | null>(null)

export type SideKind = 'tool' | 'table' | 'card'

/** What the panel on the right can show now. */
export const sides = computed<readonly SideKind[]>(() => {
  const open: SideKind[] = []
  if (view.value.tool) open.push('tool')
  if (view.value.table) open.push('table')
  if (view.value.pick) open.push('card')
  return open
})

export const sideOpen = computed(() => sides.value.length > 0)

const latest = ref<SideKind>('card')

/** What it does show: what was opened last. */
export const side = computed<SideKind | null>(() =>
  sides.value.includes(latest.value) ? latest.value : (sides.value[0] ?? null),
)

export function bringForward(kind: SideKind): void {
  latest.value = kind
}

const follow = (kind: SideKind, what: () => unknown): void => {
  watch(what, (now) => {
    if (!now) return
    latest.value = kind
    sheet.value = 'side'
    // Two panels and a map between them need room.
    if (window.innerWidth <= ROOMY) layersOpen.value = false
  })
}
follow('tool', () => view.value.tool)
follow('table', () => view.value.table)
follow('card', () => view.value.pick && `${view.value.pick.level}/${view.value.pick.code}`)

// A link that opens on something shows it on a phone too; what closes takes its sheet along.
if (sideOpen.value) sheet.value = 'side'
watch(sideOpen, (open) => {
  if (!open && sheet.value === 'side') sheet.value = null
})
