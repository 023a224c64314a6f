// The screens as the navigation lists them.
import type { Component } from 'vue'

import { late } from '@/ui/late'
import type { Group } from '@/ui/shell/screens'

import type { ScreenName } from './address'
import LoginScreen from './screens/LoginScreen.vue'
import type { LedgerKey } from './words'

export const VIEWS: Readonly<Record<ScreenName, Component>> = {
  work: late(() => import('./screens/WorkScreen.vue')),
  board: late(() => import('./screens/BoardScreen.vue')),
  table: late(() => import('./screens/TableScreen.vue')),
  gantt: late(() => import('./screens/GanttScreen.vue')),
  curve: late(() => import('./screens/CurveScreen.vue')),
  map: late(() => import('./screens/MapScreen.vue')),
  calendar: late(() => import('./screens/CalendarScreen.vue')),
  units: late(() => import('./screens/UnitsScreen.vue')),
  unit: late(() => import('./screens/UnitScreen.vue')),
  item: late(() => import('./screens/ItemScreen.vue')),
  new: late(() => import('./screens/NewScreen.vue')),
  meetings: late(() => import('./screens/MeetingsScreen.vue')),
  reports: late(() => import('./screens/ReportsScreen.vue')),
  intake: late(() => import('./screens/IntakeScreen.vue')),
  people: late(() => import('./screens/PeopleScreen.vue')),
  login: LoginScreen,
}

export const GROUPS: readonly Group<ScreenName, LedgerKey>[] = [
  {
    title: 'ledger_screens.group_items',
    screens: [
      { key: 'work', title: 'ledger_screens.work', icon: 'check' },
      { key: 'board', title: 'ledger_screens.board', icon: 'board' },
      { key: 'table', title: 'ledger_screens.table', icon: 'table' },
      { key: 'gantt', title: 'ledger_screens.gantt', icon: 'gantt' },
      { key: 'curve', title: 'ledger_screens.curve', icon: 'curve' },
      { key: 'map', title: 'ledger_screens.map', icon: 'pin' },
      { key: 'calendar', title: 'ledger_screens.calendar', icon: 'calendar' },
      { key: 'units', title: 'ledger_screens.units', icon: 'units', under: ['unit'] },
    ],
  },
  {
    title: 'ledger_screens.group_papers',
    screens: [
      { key: 'meetings', title: 'ledger_screens.meetings', icon: 'dossier' },
      { key: 'reports', title: 'ledger_screens.reports', icon: 'print' },
      { key: 'intake', title: 'ledger_screens.intake', icon: 'intake', needs: ['ledger.items.manage', 'ledger.items.work', 'admin'] },
      { key: 'people', title: 'ledger_screens.people', icon: 'person', needs: ['ledger.units.manage', 'admin'] },
    ],
  },
]

/** What a phone's bar shows; the rest stands behind its last button. */
export const OFTEN: readonly ScreenName[] = ['work', 'board', 'table', 'calendar']
