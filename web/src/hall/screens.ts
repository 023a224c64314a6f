// The screens as the navigation lists them.
import type { Component } from 'vue'

import { late } from '@/ui/late'
import type { Group } from '@/ui/shell/screens'

import type { ScreenName } from './address'
import { PORTAL_VIEWS } from './portal/views'
import type { HallKey } from './words'

export const VIEWS: Readonly<Partial<Record<ScreenName, Component>>> = {
  ...PORTAL_VIEWS,
  desk: late(() => import('./desk/QueueScreen.vue')),
  case: late(() => import('./desk/CaseScreen.vue')),
  cases: late(() => import('./desk/CasesScreen.vue')),
  window: late(() => import('./desk/WindowScreen.vue')),
  events: late(() => import('./desk/EventsScreen.vue')),
  board: late(() => import('./board/BoardScreen.vue')),
  editor: late(() => import('./editor/ItemsScreen.vue')),
  edit: late(() => import('./editor/EditScreen.vue')),
  compare: late(() => import('./editor/CompareScreen.vue')),
}

export const GROUPS: readonly Group<ScreenName, HallKey>[] = [
  {
    title: 'hall_desk.group_desk',
    screens: [
      { key: 'desk', title: 'hall_desk.queue', icon: 'check', needs: ['hall.handle'], under: ['case'] },
      { key: 'cases', title: 'hall_desk.cases', icon: 'search', needs: ['hall.look'], under: ['case'] },
      { key: 'window', title: 'hall_desk.window', icon: 'intake', needs: ['hall.window'], under: ['apply'] },
    ],
  },
  {
    title: 'hall_desk.group_office',
    screens: [
      { key: 'events', title: 'hall_desk.events', icon: 'gantt', needs: ['hall.window', 'hall.board'] },
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

/** What a phone's bar shows, as far as the reader may see it; the rest stands behind its last button. */
export const OFTEN: readonly ScreenName[] = ['desk', 'cases', 'board', 'editor', 'window', 'find', 'mine', 'drafts', 'profile']
