// What must be done once, however often it is sent: the same key for every try of the same thing.
import { send } from './client'

const keys = new Map<string, string>()

function fresh(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (one) => one.toString(16).padStart(2, '0')).join('')
}

/**
 * Send with an idempotency key. Pressed twice, or sent again after the line broke, it is one thing;
 * once it is answered, the same words are a new one.
 */
export async function sendOnce<T>(path: string, body: unknown): Promise<T | null> {
  const what = `${path} ${JSON.stringify(body)}`
  const key = keys.get(what) ?? fresh()
  keys.set(what, key)
  const answer = await send<T>('POST', path, { body, headers: { 'Idempotency-Key': key } })
  keys.delete(what)
  return answer
}
