// The endpoints of data intake, versions, the trail and the session.
import { address, forgetToken, get, send } from './client'
import type { Session } from './types'
import type { Intake, TrailPage, Verification, Versions } from './types_data'

export * from './types_data'

const part = encodeURIComponent

export const data = {
  upload: (file: File, signal?: AbortSignal) => {
    const body = new FormData()
    body.append('file', file)
    return send<Intake>('POST', 'intakes', { body, ...(signal ? { signal } : {}) })
  },
  intake: (id: string, signal?: AbortSignal) => get<Intake>(`intakes/${part(id)}`, {}, signal),
  accept: (id: string) => send<{ version: string }>('POST', `intakes/${part(id)}/accept`),
  drop: (id: string) => send('DELETE', `intakes/${part(id)}`),
  versions: (signal?: AbortSignal) => get<Versions>('versions', {}, signal),
  /** `seen`: hash of the version on the page; another one meanwhile is not touched. */
  undo: (seen: string) => send<Versions>('POST', 'versions/undo', { ifMatch: `"${seen}"` }),
  redo: (seen: string) => send<Versions>('POST', 'versions/redo', { ifMatch: `"${seen}"` }),
  trail: (
    asked: { before: number | null; who: string; action: string; kind: string; target: string; limit: number },
    signal?: AbortSignal,
  ) => get<TrailPage>('trail', asked, signal),
  verify: (anchor: string, signal?: AbortSignal) => get<Verification>('trail/verification', { anchor }, signal),
}

export const entrance = {
  /** `code`: of the second factor, where the account has one. */
  async logIn(name: string, password: string, code = ''): Promise<void> {
    await send<Session>('POST', 'session', { body: { name, password, ...(code ? { code } : {}) } })
    forgetToken()
  },
  async logOut(): Promise<void> {
    await send<Session>('DELETE', 'session')
    forgetToken()
  },
}

/** Addresses of files to save. */
export const dataFiles = {
  template: (lang: string) => address('template', { lang }),
  annotated: (id: string, lang: string) => address(`intakes/${part(id)}/annotated`, { lang }),
}
