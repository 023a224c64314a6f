// The endpoints of the shared services for those who work there, below /api/v1/hall.
import { address, get, send } from './client'
import type {
  ActionGiven,
  CaseRows,
  Compared,
  DeskCase,
  EditorItem,
  EditorRows,
  HallBoard,
  ItemFields,
  PersonSought,
  TaskRows,
} from './types_hall_desk'

export * from './types_hall_desk'

const part = encodeURIComponent
type Signal = AbortSignal | undefined
type Asked = Readonly<Record<string, string | number>>

export const desk = {
  tasks: (query: Asked, signal?: Signal) => get<TaskRows>('hall/desk/tasks', query, signal),
  cases: (query: Asked, signal?: Signal) => get<CaseRows>('hall/desk/cases', query, signal),
  /** Cases of one person or firm; each that is shown counts as looked at. */
  search: async (body: PersonSought): Promise<CaseRows> =>
    (await send<CaseRows>('POST', 'hall/desk/search', { body })) ?? { rows: [], total: 0 },
  /** All of a case; that it was looked at is recorded, with the reason. */
  case: (id: string, reason: string, signal?: Signal) => get<DeskCase>(`hall/desk/cases/${part(id)}`, { reason }, signal),
  act: (id: string, body: ActionGiven) => send<DeskCase>('POST', `hall/desk/cases/${part(id)}/do`, { body }),
  file: (id: string, file: string) => address(`hall/desk/cases/${part(id)}/files/${part(file)}`),

  board: (from: string, to: string, signal?: Signal) => get<HallBoard>('hall/board', { from, to }, signal),

  items: (query: Asked, signal?: Signal) => get<EditorRows>('hall/editor/items', query, signal),
  item: (code: string, signal?: Signal) => get<EditorItem>(`hall/editor/items/${part(code)}`, {}, signal),
  compare: (basic: string, language: string, signal?: Signal) =>
    get<Compared>(`hall/editor/compare/${part(basic)}`, { language }, signal),
  saveDraft: (code: string, seen: number, fields: ItemFields) =>
    send<EditorItem>('PUT', `hall/editor/items/${part(code)}/draft`, { body: { seen, fields } }),
  dropDraft: (code: string, seen: number) => send('DELETE', `hall/editor/items/${part(code)}/draft`, { query: { seen } }),
  publish: (code: string, seen: number, valid_from: string) =>
    send<EditorItem>('POST', `hall/editor/items/${part(code)}/publish`, { body: { seen, valid_from } }),
}
