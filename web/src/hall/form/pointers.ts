// JSON pointers (RFC 6901) into the values of a form; values are never changed, always made anew. Pure.

export type Values = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

export const names = (pointer: string): readonly string[] =>
  pointer === ''
    ? []
    : pointer
        .split('/')
        .slice(1)
        .map((one) => one.replaceAll('~1', '/').replaceAll('~0', '~'))

/** The value at a pointer; undefined where there is none. */
export function at(data: unknown, pointer: string): unknown {
  let found: unknown = data
  for (const name of names(pointer)) {
    if (Array.isArray(found)) found = /^\d+$/.test(name) ? (found as readonly unknown[])[Number(name)] : undefined
    else if (isObject(found) && Object.hasOwn(found, name)) found = found[name]
    else return undefined
  }
  return found
}

function changed(whole: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path
  if (name === undefined) return value
  if (Array.isArray(whole)) {
    const list = [...(whole as readonly unknown[])]
    list[Number(name)] = changed(list[Number(name)], rest, value)
    return list
  }
  const { [name]: old, ...others } = isObject(whole) ? whole : {}
  const next = changed(old, rest, value)
  return next === undefined ? others : { ...others, [name]: next }
}

/** The values with another one at a pointer; `undefined` takes it away. */
export const put = (data: Values, pointer: string, value: unknown): Values =>
  changed(data, names(pointer), value) as Values

/** Whether two values say the same. */
export const same = (one: unknown, other: unknown): boolean => {
  if (Object.is(one, other)) return true
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((value, index) => same(value, other[index]))
  }
  if (!isObject(one) || !isObject(other)) return false
  const keys = Object.keys(one)
  return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && same(one[key], other[key]))
}
