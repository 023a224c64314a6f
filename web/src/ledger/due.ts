// By when something is due, told with days and not only with a colour.
import type { Row } from '@/api/types_ledger'
import { number } from '@/format/numbers'

import { say } from './words'

/** What a mark is drawn as beside its word, so that it is not told by colour alone. */
export const SIGNS: Readonly<Record<string, { readonly sign: string; readonly tone: string }>> = {
  not_counted: { sign: '–', tone: 'soft' },
  on_time: { sign: '●', tone: 'good' },
  due_soon: { sign: '◔', tone: 'warn' },
  at_risk: { sign: '▲', tone: 'warn' },
  blocked: { sign: '■', tone: 'warn' },
  overdue: { sign: '!', tone: 'bad' },
  done_on_time: { sign: '✓', tone: 'good' },
  done_late: { sign: '✓', tone: 'warn' },
}

/** "3 working days left", "5 working days late". */
export function leftText(left: number | null): string {
  if (left === null) return ''
  if (left === 0) return say('ledger_screens.due_today')
  if (left > 0) return say('ledger_screens.due_left', { count: number(left) })
  return say('ledger_screens.due_late', { count: number(-left) })
}

export const dueText = (row: Pick<Row, 'due' | 'left'>): string =>
  [row.due ? say('ledger_screens.due_on', { day: row.due }) : say('ledger_screens.due_none'), leftText(row.left)]
    .filter(Boolean)
    .join(' · ')
