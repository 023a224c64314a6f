// The endpoints of the shared services, below /api/v1/hall.
import { address, get, send } from './client'
import { sendOnce } from './once'
import type {
  FormValues,
  HallAbout,
  HallDraft,
  HallDraftGiven,
  HallDraftRow,
  HallErasure,
  HallEventRow,
  HallEvidence,
  HallFault,
  HallFile,
  HallForm,
  HallGuide,
  HallItem,
  HallItemRow,
  HallLook,
  HallMe,
  HallProfile,
  HallProfileGiven,
  HallReceipt,
  HallRows,
  HallSupplementForm,
  Mine,
  MineRow,
} from './types_hall'

export * from './types_hall'

const part = encodeURIComponent
export type Places = Readonly<Record<string, string>>
/** Cities chosen for steps of a life event, as an address says them. */
export const writePlaces = (places: Places): string => Object.entries(places).map(([step, city]) => `${step}@${city}`).join(',')
export const readPlaces = (raw: string): Places =>
  Object.fromEntries(raw.split(',').flatMap((one) => (/^[^@]+@[^@]+$/.test(one) ? [one.split('@') as [string, string]] : [])))
type Signal = AbortSignal | undefined
const upload = (file: File, name?: string): FormData => {
  const body = new FormData()
  if (name !== undefined) body.append('name', name)
  body.append('file', file)
  return body
}

export interface ItemsAsked {
  readonly need: string
  readonly applicant: string
  readonly city: string
  readonly page: number
  readonly size: number
}

export const hall = {
  me: (signal?: Signal) => get<HallMe>('hall/me', {}, signal),
  register: (name: string, password: string, title: string) =>
    send<{ name: string }>('POST', 'hall/register', { body: { name, password, title } }),

  items: (asked: ItemsAsked, signal?: Signal) => get<HallRows<HallItemRow>>('hall/items', { ...asked }, signal),
  item: (code: string, signal?: Signal) => get<HallItem>(`hall/items/${part(code)}`, {}, signal),
  events: (signal?: Signal) => get<HallRows<HallEventRow>>('hall/events', {}, signal).then((answer) => answer.rows),
  guide: (code: string, city: string, places: Places = {}, signal?: Signal) =>
    get<HallGuide>(`hall/events/${part(code)}`, { city, places: writePlaces(places) }, signal),
  form: (about: HallAbout, signal?: Signal) =>
    about.item
      ? get<HallForm>(`hall/forms/item/${part(about.item)}`, {}, signal)
      : get<HallForm>(
          `hall/forms/event/${part(about.event ?? '')}`,
          { city: about.city ?? '', with: (about.with ?? []).join(','), places: writePlaces(about.places ?? {}) },
          signal,
        ),

  profile: (signal?: Signal) => get<HallProfile>('hall/profile', {}, signal),
  saveProfile: (body: HallProfileGiven) => send<HallProfile>('POST', 'hall/profile', { body }),

  drafts: (signal?: Signal) => get<HallRows<HallDraftRow>>('hall/drafts', {}, signal).then((answer) => answer.rows),
  begin: (body: HallDraftGiven) => send<HallDraft>('POST', 'hall/drafts', { body }),
  draft: (id: string, signal?: Signal) => get<HallDraft>(`hall/drafts/${part(id)}`, {}, signal),
  keep: (id: string, seen: number, data: FormValues) =>
    send<HallDraft>('PUT', `hall/drafts/${part(id)}`, { body: { seen, data } }),
  drop: (id: string) => send('DELETE', `hall/drafts/${part(id)}`),
  addFile: (id: string, name: string, file: File) =>
    send<HallFile>('POST', `hall/drafts/${part(id)}/files`, { body: upload(file, name) }),
  dropFile: (id: string, file: string) => send('DELETE', `hall/drafts/${part(id)}/files/${part(file)}`),
  check: (id: string) =>
    send<{ faults: readonly HallFault[] }>('POST', `hall/drafts/${part(id)}/check`).then((one) => one?.faults ?? []),
  /** `key`: the same for each try of one application, so that it is handed in once. */
  submit: (id: string, key: string) =>
    send<HallReceipt>('POST', `hall/drafts/${part(id)}/submit`, { headers: { 'Idempotency-Key': key } }),

  evidence: (id: string, signal?: Signal) =>
    get<HallRows<HallEvidence>>(`hall/drafts/${part(id)}/evidence`, {}, signal).then((answer) => answer.rows),
  wantEvidence: (id: string, document: string) =>
    send<HallEvidence>('POST', `hall/drafts/${part(id)}/evidence`, { body: { document } }),
  agree: (id: string) => send<HallEvidence>('POST', `hall/evidence/${part(id)}/agree`),
  refuse: (id: string) => send<HallEvidence>('POST', `hall/evidence/${part(id)}/refuse`),

  mine: (page: number, size: number, signal?: Signal) => get<HallRows<MineRow>>('hall/mine', { page, size }, signal),
  case: (id: string, signal?: Signal) => get<Mine>(`hall/mine/${part(id)}`, {}, signal),
  wanted: (id: string, signal?: Signal) => get<HallSupplementForm>(`hall/mine/${part(id)}/supplement`, {}, signal),
  supplement: (id: string, body: { data: FormValues; files: readonly string[]; words: string }) =>
    sendOnce<Mine>(`hall/mine/${part(id)}/supplement`, body),
  withdraw: (id: string, words: string) => sendOnce<Mine>(`hall/mine/${part(id)}/withdraw`, { words }),
  appraise: (id: string, stars: number, words: string) => sendOnce<Mine>(`hall/mine/${part(id)}/appraise`, { stars, words }),
  addCaseFile: (id: string, name: string, file: File) =>
    send<HallFile>('POST', `hall/mine/${part(id)}/files`, { body: upload(file, name) }),
  dropCaseFile: (id: string, file: string) => send('DELETE', `hall/mine/${part(id)}/files/${part(file)}`),
  caseEvidence: (id: string, signal?: Signal) =>
    get<HallRows<HallEvidence>>(`hall/mine/${part(id)}/evidence`, {}, signal).then((answer) => answer.rows),
  wantCaseEvidence: (id: string, document: string) =>
    send<HallEvidence>('POST', `hall/mine/${part(id)}/evidence`, { body: { document } }),
  /** Looks at one case, or, where none is named, at all of them. */
  looks: (of: string, page: number, size: number, signal?: Signal) =>
    get<HallRows<HallLook>>('hall/looks', { case: of, page, size }, signal),
  erase: (id: string) => send<HallErasure>('POST', 'hall/erasure', { body: { case: id } }),
}

/** Addresses of what is saved or shown by itself. */
export const hallFiles = {
  result: (id: string, form: 'json' | 'html') => address(`hall/mine/${part(id)}/result`, form === 'html' ? { form } : {}),
}
