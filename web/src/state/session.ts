// Who the reader is to the server and what they may do.
import { effectScope, shallowRef } from 'vue'

import { get } from '@/api/client'
import type { Session } from '@/api/types'

import { useResource, type Resource } from './resource'

const scope = effectScope(true)
const asked = shallowRef(0)

export const session: Resource<Session> = scope.run(() =>
  useResource(
    () => asked.value,
    (_asked, signal) => get<Session>('session', {}, signal),
  ),
) as Resource<Session>

/** Ask again: after login and logout. */
export function refreshSession(): void {
  asked.value += 1
}

export const may = (permission: string): boolean => session.data.value?.permissions.includes(permission) ?? false
