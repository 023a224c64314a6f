// The endpoints of the ledger, below /api/v1/ledger.
import type { Query as Given } from '@/ledger/address'

import { address, get, send, sendForFile } from './client'
import type {
  Accounts,
  Attachment,
  Board,
  CalendarDay,
  Curve,
  Fields,
  Gantt,
  Grant,
  LedgerIntake,
  LedgerMap,
  LedgerWords,
  Me,
  Meeting,
  MeetingPage,
  MinutesSplit,
  Note,
  Reminder,
  Rows,
  SavedView,
  Unit,
  UnitFigures,
  UnitPage,
  Whole,
} from './types_ledger'

export * from './types_ledger'

const part = encodeURIComponent
type Signal = AbortSignal | undefined
interface List<T> {
  readonly items: readonly T[]
}
const items = <T>(answer: List<T>): readonly T[] => answer.items
const form = (file: File, more: Given = {}): FormData => {
  const body = new FormData()
  body.append('file', file)
  for (const [name, value] of Object.entries(more)) body.append(name, value)
  return body
}
const version = (seen: number): string => `"${seen}"`

export const ledger = {
  me: (signal?: Signal) => get<Me>('ledger/me', {}, signal),
  words: (signal?: Signal) => get<LedgerWords>('ledger/words', {}, signal),
  units: (signal?: Signal) => get<List<Unit>>('ledger/units', {}, signal).then(items),
  addUnit: (unit: Fields) => send<Unit>('POST', 'ledger/units', { body: unit }),
  setUnit: (code: string, unit: Fields) => send<Unit>('PUT', `ledger/units/${part(code)}`, { body: unit }),
  replaceUnits: (codes: readonly string[], by: readonly string[], on: string) =>
    send('POST', 'ledger/units/replacements', { body: { codes, by, on } }),
  unitPage: (code: string, signal?: Signal) => get<UnitPage>(`ledger/units/${part(code)}/page`, {}, signal),

  items: (query: Given, limit: number, signal?: Signal) => get<Rows>('ledger/items', { ...query, limit }, signal),
  item: (id: string, signal?: Signal) => get<Whole>(`ledger/items/${part(id)}`, {}, signal),
  draft: (fields: Fields) => send<Whole>('POST', 'ledger/items', { body: { fields } }),
  edit: (id: string, seen: number, fields: Fields, text: string) =>
    send<Whole>('PATCH', `ledger/items/${part(id)}`, { body: { fields, text }, ifMatch: version(seen) }),
  move: (id: string, seen: number, body: Fields) =>
    send<Whole>('POST', `ledger/items/${part(id)}/moves`, { body, ifMatch: version(seen) }),
  attach: (id: string, file: File) =>
    send<Attachment>('POST', `ledger/items/${part(id)}/attachments`, { body: form(file) }),

  counts: (by: string, query: Given, signal?: Signal) =>
    get<{ counts: Readonly<Record<string, number>> }>('ledger/counts', { ...query, by }, signal).then((one) => one.counts),
  board: (query: Given, signal?: Signal) => get<Board>('ledger/board', query, signal),
  gantt: (query: Given, signal?: Signal) => get<Gantt>('ledger/gantt', query, signal),
  curve: (query: Given, signal?: Signal) => get<Curve>('ledger/curve', query, signal),
  calendar: (first: string, last: string, query: Given, signal?: Signal) =>
    get<{ days: readonly CalendarDay[] }>('ledger/calendar', { ...query, first, last }, signal).then((one) => one.days),
  map: (query: Given, signal?: Signal) => get<LedgerMap>('ledger/map', query, signal),
  figures: (group: 'unit' | 'city' | 'now', signal?: Signal) =>
    get<List<UnitFigures>>('ledger/figures/units', { group }, signal).then(items),

  reminders: (signal?: Signal) => get<List<Reminder>>('ledger/reminders', {}, signal).then(items),
  remind: () => send<List<Reminder>>('POST', 'ledger/reminders'),
  inbox: (signal?: Signal) => get<List<Note>>('ledger/inbox', {}, signal).then(items),
  read: (ids: readonly string[]) => send('POST', 'ledger/inbox/read', { body: { ids } }),

  views: (signal?: Signal) => get<List<SavedView>>('ledger/views', {}, signal).then(items),
  saveView: (title: string, shared: boolean, query: Given) =>
    send<SavedView>('POST', 'ledger/views', { body: { title, shared, query } }),
  dropView: (id: string) => send('DELETE', `ledger/views/${part(id)}`),

  meetings: (signal?: Signal) => get<List<Meeting>>('ledger/meetings', {}, signal).then(items),
  meeting: (id: string, signal?: Signal) => get<MeetingPage>(`ledger/meetings/${part(id)}`, {}, signal),
  hold: (meeting: Fields, drafts: readonly Fields[]) =>
    send<Meeting>('POST', 'ledger/meetings', { body: { ...meeting, drafts } }),
  splitText: (text: string, held_on: string) =>
    send<MinutesSplit>('POST', 'ledger/minutes', { body: { text, held_on } }),
  splitFile: (file: File, held_on: string) =>
    send<MinutesSplit>('POST', 'ledger/minutes/file', { body: form(file, { held_on }) }),

  /** A report set by an office's own Word template. */
  byTemplate: (kind: ReportKind, query: Given, language: string, file: File) =>
    sendForFile(`ledger/reports/${kind}/document`, { body: form(file), query: { ...query, language } }),
  intake: (file: File) => send<LedgerIntake>('POST', 'ledger/intakes', { body: form(file) }),
  accept: (key: string) => send('POST', `ledger/intakes/${part(key)}/acceptance`),

  accounts: (signal?: Signal) => get<Accounts>('accounts', {}, signal),
  addAccount: (body: Fields) => send('POST', 'accounts', { body }),
  describe: (name: string, body: Fields) => send('PUT', `accounts/${part(name)}`, { body }),
  setGrants: (name: string, grants: readonly Grant[]) =>
    send('PUT', `accounts/${part(name)}/grants`, { body: { grants } }),
  setPassword: (name: string, password: string) =>
    send('PUT', `accounts/${part(name)}/password`, { body: { password } }),
  setState: (name: string, state: string) => send('PUT', `accounts/${part(name)}/state`, { body: { state } }),
  unlock: (name: string) => send('POST', `accounts/${part(name)}/unlock`),
}

export const REPORTS = ['city', 'summary', 'pack', 'page'] as const
export type ReportKind = (typeof REPORTS)[number]
export type ReportFormat = 'html' | 'docx' | 'xlsx'

/** Addresses of files to save or show. */
export const ledgerFiles = {
  attachment: (id: string) => address(`ledger/attachments/${part(id)}`),
  workbook: (query: Given) => address('ledger/workbook', query),
  oc4ids: (query: Given) => address('ledger/oc4ids', query),
  report: (kind: ReportKind, query: Given, format: ReportFormat, language: string) =>
    address(`ledger/reports/${kind}`, { ...query, format, language }),
  template: (kind: ReportKind, language: string) => address(`ledger/reports/${kind}/template`, { language }),
}
