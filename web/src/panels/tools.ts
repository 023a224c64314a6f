// The tools that the reader may use, as the top bar and the phone's sheet show them.
import { computed } from 'vue'

import { session } from '@/state/session'
import { go, view } from '@/state/view'

import { MENUS, TOOLS, type Menu, type Tool } from './registry'

const allowed = computed(() => {
  const permissions = session.data.value?.permissions ?? []
  return TOOLS.filter((tool) => !tool.permission || permissions.includes(tool.permission))
})

export const directTools = computed<readonly Tool[]>(() => allowed.value.filter((tool) => !tool.menu))

export const menus = computed<readonly { key: Menu; tools: readonly Tool[] }[]>(() =>
  MENUS.map((key) => ({ key, tools: allowed.value.filter((tool) => tool.menu === key) })).filter(
    (menu) => menu.tools.length > 0,
  ),
)

/** Open a tool, or close it when it is open. */
export function toggleTool(tool: Tool): void {
  go({ tool: view.value.tool === tool.key ? null : tool.key })
}
