// The screens as the navigation lists them.
import { defineAsyncComponent, type Component } from 'vue'

import type { IconName } from '@/ui/icons'
import Lost from '@/ui/Lost.vue'
import Waiting from '@/ui/Waiting.vue'

import type { ScreenName } from './address'
import LoginScreen from './portal/LoginScreen.vue'
import type { HallKey } from './words'

// A slow line shall not look like an empty page.
const late = (loader: () => Promise<{ default: Component }>): Component =>
  defineAsyncComponent({ loader, loadingComponent: Waiting, errorComponent: Lost, delay: 200 })

export const VIEWS: Readonly<Partial<Record<ScreenName, Component>>> = {
  find: late(() => import('./portal/FindScreen.vue')),
  login: LoginScreen,
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
export const ON_PHONE: readonly ScreenName[] = ['find', 'mine', 'drafts', 'looks']
