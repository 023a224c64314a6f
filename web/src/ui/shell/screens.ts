// Which screens a page lists in its navigation, and what of them a reader sees: links with words.
import { computed, type ComputedRef } from 'vue'

import type { IconName } from '../icons'

export interface Listed<Screen extends string, Key extends string> {
  readonly key: Screen
  readonly title: Key
  readonly icon: IconName
  /** Shown to those who have one of these permissions alone; without it to all, `[]` to nobody. */
  readonly needs?: readonly string[]
  /** Screens that stand under this one; one may stand under several. */
  readonly under?: readonly Screen[]
}

export interface Group<Screen extends string, Key extends string> {
  readonly title: Key
  readonly screens: readonly Listed<Screen, Key>[]
}

/** What a page knows of its screens, its reader and its words. */
export interface Site<Screen extends string, Key extends string> {
  readonly groups: readonly Group<Screen, Key>[]
  /** What a phone's bar may show, the most used first; the rest stands behind its last button. */
  readonly often: readonly Screen[]
  readonly at: () => Screen
  readonly can: (permission: string) => boolean
  readonly say: (key: Key) => string
  readonly linkTo: (screen: Screen) => string
  /** How many things wait for the reader there. */
  readonly waiting: (screen: Screen) => number
  /** What the screens together are called. */
  readonly called: Key
}

/** One line of the navigation. */
export interface Entry {
  readonly key: string
  readonly title: string
  readonly icon: IconName
  readonly href: string
  /** Whether the reader is there, or at a screen under it. */
  readonly on: boolean
  readonly waiting: number
}

export interface Entries {
  readonly title: string
  readonly entries: readonly Entry[]
}

/** How many screens a phone's bar has room for. */
export const MOST = 4

const isAt = <Screen extends string>(one: Listed<Screen, string>, screen: Screen): boolean =>
  one.key === screen || (one.under?.includes(screen) ?? false)

/** What the reader sees of the screens. */
export interface Screens {
  readonly called: ComputedRef<string>
  readonly groups: ComputedRef<readonly Entries[]>
  readonly often: ComputedRef<readonly Entry[]>
  /** Of the screen that is shown; empty where none that is listed is. */
  readonly title: ComputedRef<string>
  /** Whether the reader is where they may not be: by a link, or logged out meanwhile. */
  readonly closed: ComputedRef<boolean>
}

export function useScreens<Screen extends string, Key extends string>(site: Site<Screen, Key>): Screens {
  const seen = (one: Listed<Screen, Key>): boolean => !one.needs || one.needs.some(site.can)
  const listed = site.groups.flatMap((group) => group.screens)
  const here = computed(() => {
    const all = listed.filter((one) => isAt(one, site.at()))
    return all.find(seen) ?? all[0]
  })
  const entry = (one: Listed<Screen, Key>): Entry => ({
    key: one.key,
    title: site.say(one.title),
    icon: one.icon,
    href: site.linkTo(one.key),
    on: one === here.value,
    waiting: site.waiting(one.key),
  })
  return {
    called: computed(() => site.say(site.called)),
    groups: computed(() =>
      site.groups
        .map((group) => ({ title: site.say(group.title), entries: group.screens.filter(seen).map(entry) }))
        .filter((group) => group.entries.length > 0),
    ),
    often: computed(() =>
      site.often
        .flatMap((key) => listed.filter((one) => one.key === key))
        .filter(seen)
        .slice(0, MOST)
        .map(entry),
    ),
    title: computed(() => (here.value ? site.say(here.value.title) : '')),
    closed: computed(() => here.value !== undefined && !seen(here.value)),
  }
}
