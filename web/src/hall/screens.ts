// The screens as the navigation lists them.
import type { Component } from 'vue'

import type { IconName } from '@/ui/icons'
import { late } from '@/ui/late'

import type { ScreenName } from './address'
import { PORTAL_VIEWS } from './portal/views'
import type { HallKey } from './words'

export const VIEWS: Readonly<Partial<Record<ScreenName, Component>>> = {
  ...PORTAL_VIEWS,
  desk: late(() => import('./desk/QueueScreen.vue')),
  case: late(() => import('./desk/CaseScreen.vue')),
  cases: late(() => import('./desk/CasesScreen.vue')),
  window: late(() => import('./desk/WindowScreen.vue')),
  board: late(() => import('./board/BoardScreen.vue')),
  editor: late(() => import('./editor/ItemsScreen.vue')),
  edit: late(() => import('./editor/EditScreen.vue')),
  compare: late(() => import('./editor/CompareScreen.vue')),
}

export interface Listed {
  readonly key: ScreenName
  readonly title: HallKey
  readonly icon: IconName
  /** Shown to those who have one of these permissions alone; without it to all, `[]` to nobody. */
  readonly needs?: readonly string[]
  /** Screens that stand under this one. */
  readonly under?: readonly ScreenName[]
  /** How many things wait behind it: a name of the counts of `me`. */
  readonly counts?: 'todo' | 'due_soon' | 'late'
}

export const GROUPS: readonly { readonly title: HallKey; readonly screens: readonly Listed[] }[] = [
  {
    title: 'hall_desk.group_desk',
    screens: [
      { key: 'desk', title: 'hall_desk.queue', icon: 'check', needs: ['hall.handle'], under: ['case'], counts: 'todo' },
      { key: 'cases', title: 'hall_desk.cases', icon: 'search', needs: ['hall.look'] },
      { key: 'window', title: 'hall_desk.window', icon: 'intake', needs: ['hall.window'] },
    ],
  },
  {
    title: 'hall_desk.group_office',
    screens: [
      { key: 'board', title: 'hall_desk.board', icon: 'bars', needs: ['hall.board'] },
      { key: 'editor', title: 'hall_desk.editor', icon: 'table', needs: ['hall.items.edit', 'hall.items.publish'], under: ['edit', 'compare'] },
    ],
  },
  {
    title: 'hall_screens.group_portal',
    screens: [
      { key: 'find', title: 'hall_screens.find', icon: 'search', under: ['item', 'event'] },
      { key: 'mine', title: 'hall_screens.mine', icon: 'check', needs: ['hall.apply'] },
      { key: 'drafts', title: 'hall_screens.drafts', icon: 'pencil', needs: ['hall.apply'], under: ['apply'] },
      { key: 'profile', title: 'hall_screens.profile', icon: 'person', needs: ['hall.apply'] },
      { key: 'looks', title: 'hall_screens.looks', icon: 'trail', needs: ['hall.apply'] },
    ],
  },
]

export const LISTED: readonly Listed[] = GROUPS.flatMap((group) => group.screens)

/** What a phone's bar shows, as far as the reader may see it; the rest stands behind its last button. */
export const ON_PHONE: readonly ScreenName[] = ['desk', 'cases', 'board', 'editor', 'window', 'find', 'mine', 'drafts', 'profile']
