import { describe, expect, it } from 'vitest'
import { ref } from 'vue'

import { MOST, useScreens } from '@/ui/shell/screens'

type Screen = 'desk' | 'case' | 'board' | 'find' | 'mine' | 'drafts' | 'looks'
const at = ref<Screen>('find')
const may = ref<readonly string[]>([])
const screens = useScreens<Screen, string>({
  called: 'all of them',
  groups: [
    {
      title: 'work',
      screens: [
        { key: 'desk', title: 'the desk', icon: 'check', needs: ['handle'], under: ['case'] },
        { key: 'board', title: 'the board', icon: 'bars', needs: ['board', 'admin'], under: ['case'] },
        { key: 'looks', title: 'nobody comes here', icon: 'trail', needs: [] },
      ],
    },
    {
      title: 'own',
      screens: [
        { key: 'find', title: 'to find', icon: 'search' },
        { key: 'mine', title: 'mine', icon: 'check' },
        { key: 'drafts', title: 'drafts', icon: 'pencil' },
      ],
    },
  ],
  often: ['board', 'desk', 'find', 'mine', 'drafts'],
  at: () => at.value,
  can: (permission) => may.value.includes(permission),
  say: (key) => key.toUpperCase(),
  linkTo: (screen) => `#${screen}`,
  waiting: (screen) => (screen === 'desk' ? 3 : 0),
})
const groups = () => screens.groups.value.map((one) => [one.title, ...one.entries.map((entry) => entry.key)])

describe('the screens that a page lists', () => {
  it('are those which the reader may see; a group of none has no title', () => {
    may.value = []
    expect(groups()).toEqual([['OWN', 'find', 'mine', 'drafts']])
    may.value = ['admin']
    expect(groups()).toEqual([['WORK', 'board'], ['OWN', 'find', 'mine', 'drafts']])
  })

  it('are on a phone the most used of them, as many as there is room for', () => {
    may.value = ['handle', 'board']
    expect(screens.often.value.map((one) => one.key)).toEqual(['board', 'desk', 'find', 'mine'])
    expect(screens.often.value).toHaveLength(MOST)
  })

  it('say where the reader is, at a screen under a listed one too, and what waits', () => {
    may.value = ['handle']
    at.value = 'case'
    expect(screens.title.value).toBe('THE DESK')
    const [desk] = screens.groups.value[0]?.entries ?? []
    expect(desk).toMatchObject({ title: 'THE DESK', href: '#desk', on: true, waiting: 3 })
    expect(screens.closed.value).toBe(false)
    may.value = ['board']
    expect(screens.title.value).toBe('THE BOARD')
    expect(screens.groups.value.flatMap((one) => one.entries.filter((entry) => entry.on))).toHaveLength(1)
  })

  it('are closed to whoever may not be there, and have a name all the same', () => {
    may.value = []
    at.value = 'case'
    expect([screens.closed.value, screens.title.value]).toEqual([true, 'THE DESK'])
    at.value = 'drafts'
    expect(screens.closed.value).toBe(false)
  })
})
