// The tools of the map. To add one: write its panel, give it a key, a name and an icon here. The
// top bar, the phone's menu, the address and the panel on the right need nothing more.
import { defineAsyncComponent, type Component } from 'vue'

import type { IconName } from '@/ui/icons'
import type { WordKey } from '@/words'

export type Menu = 'analyse' | 'plan' | 'data'
export const MENUS: readonly Menu[] = ['analyse', 'plan', 'data']

export interface Tool {
  /** Stands in the address as `tool=`. */
  readonly key: string
  readonly title: WordKey
  readonly icon: IconName
  readonly panel: Component
  /** Under which heading it stands; without one it has a button of its own. */
  readonly menu?: Menu
  /** The server's permission that the tool needs; a reader without it does not see the tool. */
  readonly permission?: string
}

const later = (loader: () => Promise<{ default: Component }>): Component => defineAsyncComponent(loader)

export const TOOLS: readonly Tool[] = [
  { key: 'isochrones', title: 'map_analysis.isochrones', icon: 'clock', menu: 'analyse', panel: later(() => import('./analysis/IsochronePanel.vue')) },
  { key: 'path', title: 'map_analysis.path', icon: 'route', menu: 'analyse', panel: later(() => import('./analysis/PathPanel.vue')) },
  { key: 'times', title: 'map_analysis.times', icon: 'table', menu: 'analyse', panel: later(() => import('./analysis/TimesPanel.vue')) },
  { key: 'index', title: 'map_topics.index', icon: 'bars', menu: 'analyse', panel: later(() => import('./index/IndexPanel.vue')) },
  { key: 'topics', title: 'map_topics.tool', icon: 'topics', menu: 'analyse', panel: later(() => import('./topics/TopicsPanel.vue')) },
  { key: 'what_if', title: 'map_what_if.tool', icon: 'pencil', menu: 'plan', panel: later(() => import('./what_if/WhatIfPanel.vue')) },
  { key: 'scenarios', title: 'map_what_if.tool_scenarios', icon: 'scenario', menu: 'plan', panel: later(() => import('./what_if/ScenariosPanel.vue')) },
  { key: 'proposals', title: 'map_proposals.tool', icon: 'link', menu: 'plan', panel: later(() => import('./proposals/ProposalsPanel.vue')) },
  { key: 'intake', title: 'map_intake.tool', icon: 'intake', menu: 'data', panel: later(() => import('./data/IntakePanel.vue')) },
  { key: 'versions', title: 'map_intake.tool_versions', icon: 'layers', menu: 'data', panel: later(() => import('./data/VersionsPanel.vue')) },
  { key: 'trail', title: 'map_intake.tool_trail', icon: 'trail', menu: 'data', panel: later(() => import('./data/TrailPanel.vue')) },
  { key: 'account', title: 'map_account.tool', icon: 'person', menu: 'data', panel: later(() => import('./data/AccountPanel.vue')) },
  { key: 'measure', title: 'map.tool_measure', icon: 'measure', panel: later(() => import('./MeasurePanel.vue')) },
  { key: 'save', title: 'map.tool_save', icon: 'save', panel: later(() => import('./SavePanel.vue')) },
  { key: 'about', title: 'map.tool_about', icon: 'info', panel: later(() => import('./AboutPanel.vue')) },
]

export const findTool = (key: string | null): Tool | null => TOOLS.find((tool) => tool.key === key) ?? null
