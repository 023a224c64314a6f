// The one way to the API: same origin, errors as `ApiProblem` with words in both languages.
import { both, type Words } from '@/words'

import type { Problem } from './types'

type Scalar = string | number | boolean
export type Query = Readonly<Record<string, Scalar | null | undefined>>

/** What went wrong, in words that can be shown. Status 0: the service did not answer. */
export class ApiProblem extends Error {
  readonly status: number
  readonly title: Words
  readonly detail: Words
  readonly errors: NonNullable<Problem['errors']>
  /** Whatever else the answer says, by name. */
  readonly more: Readonly<Record<string, unknown>>

  constructor(status: number, title: Words, detail: Words, errors: Problem['errors'] = [], more: object = {}) {
    super(detail.en)
    this.name = 'ApiProblem'
    this.status = status
    this.title = title
    this.detail = detail
    this.errors = errors
    this.more = { ...more }
  }
}

/** Return the address of an endpoint: for links, downloads and the map's tiles. */
export function address(path: string, query: Query = {}): string {
  const url = new URL(`api/v1/${path}`, document.baseURI)
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') url.searchParams.set(name, String(value))
  }
  return url.href
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'title' in body && 'detail' in body
}

async function problemOf(answer: Response): Promise<ApiProblem> {
  const body: unknown = await answer.json().catch(() => null)
  if (isProblem(body) && typeof body.title === 'object') {
    return new ApiProblem(answer.status, body.title, body.detail, body.errors, body)
  }
  return new ApiProblem(
    answer.status,
    both('map.problem_service'),
    both('map.problem_status', { status: answer.status }),
  )
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  let answer: Response
  try {
    answer = await fetch(url, { credentials: 'same-origin', ...init })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiProblem(0, both('map.problem_offline'), both('map.problem_offline_hint'))
  }
  if (!answer.ok) throw await problemOf(answer)
  return answer
}

// The token that writes carry; asked for once, and again after login or logout.
let token: Promise<string> | null = null

export function forgetToken(): void {
  token = null
}

async function csrf(): Promise<string> {
  token ??= get<{ csrf: string }>('session').then((session) => session.csrf)
  try {
    return await token
  } catch (error) {
    token = null
    throw error
  }
}

/** Told when a read found nobody logged in: a session has ended meanwhile. */
export const unknownReader = new EventTarget()

/** Read JSON. The browser's cache and the ETag spare what has not changed. */
export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const answer = await ask(address(path, query), {
    headers: { Accept: 'application/json' },
    ...(signal ? { signal } : {}),
  }).catch((error: unknown) => {
    if (error instanceof ApiProblem && error.status === 401) unknownReader.dispatchEvent(new Event('found'))
    throw error
  })
  return (await answer.json()) as T
}

export interface Sending {
  readonly body?: unknown
  readonly query?: Query
  /** Of the thing as it was read: a change made elsewhere meanwhile is then refused (412). */
  readonly ifMatch?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

type Writing = 'POST' | 'PUT' | 'PATCH' | 'DELETE'

async function write(method: Writing, path: string, sending: Sending): Promise<Response> {
  const { body, query = {}, ifMatch, signal } = sending
  const headers: Record<string, string> = { ...sending.headers, 'X-CSRF-Token': await csrf() }
  const form = body instanceof FormData
  if (body !== undefined && !form) headers['Content-Type'] = 'application/json'
  if (ifMatch) headers['If-Match'] = ifMatch
  return ask(address(path, query), {
    method,
    headers,
    ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  })
}

/** Write. A `FormData` body goes as it is, all else as JSON; null for an answer without body. */
export async function send<T>(method: Writing, path: string, sending: Sending = {}): Promise<T | null> {
  const answer = await write(method, path, sending)
  return answer.status === 204 ? null : ((await answer.json()) as T)
}

/** Write, and have a file for an answer. */
export const sendForFile = async (path: string, sending: Sending): Promise<Blob> =>
  (await write('POST', path, sending)).blob()
