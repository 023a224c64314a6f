// Values into classes. A value belongs to the class whose upper limit it does not exceed, as in
// the strands' own scales. Pure.

export type Value = number | null

export interface Classing {
  /** Upper limits of all classes but the last, strictly ascending. */
  readonly limits: readonly number[]
  /** Lowest and highest value there is; null where there is none. */
  readonly range: readonly [number, number] | null
  /** Class by row, counted from 1; 0 is no value. */
  readonly classOf: Uint8Array
  /** Rows of each class; the first entry counts rows without a value. */
  readonly counts: readonly number[]
}

const known = (value: Value | undefined): value is number =>
  value !== null && value !== undefined && Number.isFinite(value)

export function sortedValues(values: readonly Value[]): Float64Array {
  return Float64Array.from(values.filter(known)).sort()
}

const strictly = (limits: number[], highest: number): number[] =>
  limits.filter((limit, at) => limit < highest && (at === 0 || limit > (limits[at - 1] ?? -Infinity)))

/** Limits that put as many values into each class; fewer classes where values repeat. */
export function quantileLimits(sorted: Float64Array, count: number): number[] {
  const last = sorted.length - 1
  if (last < 0) return []
  const limits = Array.from({ length: count - 1 }, (_, at) => {
    const where = Math.ceil(((at + 1) * sorted.length) / count) - 1
    return sorted[Math.min(last, Math.max(0, where))] ?? 0
  })
  return strictly(limits, sorted[last] ?? 0)
}

/** Limits that make all classes equally wide. */
export function equalLimits(sorted: Float64Array, count: number): number[] {
  const low = sorted[0]
  const high = sorted[sorted.length - 1]
  if (low === undefined || high === undefined || low === high) return []
  const limits = Array.from({ length: count - 1 }, (_, at) => low + ((high - low) * (at + 1)) / count)
  return strictly(limits, high)
}

/** Limits that lie evenly about zero: for changes. An even count keeps zero a limit. */
export function limitsAboutZero(sorted: Float64Array, count: number): number[] {
  const ends = [sorted[0] ?? 0, sorted[sorted.length - 1] ?? 0]
  const reach = Math.max(...ends.map(Math.abs))
  if (reach === 0) return []
  return Array.from({ length: count - 1 }, (_, at) => reach * ((2 * (at + 1)) / count - 1))
}

/** Return the class (from 1) of a value. */
export function classOf(value: Value | undefined, limits: readonly number[]): number {
  if (!known(value)) return 0
  let low = 0
  let high = limits.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (value <= (limits[middle] ?? Infinity)) high = middle
    else low = middle + 1
  }
  return low + 1
}

/** Put every value into its class. */
export function classify(values: readonly Value[], limits: readonly number[]): Classing {
  const counts = new Array<number>(limits.length + 2).fill(0)
  const classes = new Uint8Array(values.length)
  let lowest = Infinity
  let highest = -Infinity
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row]
    const found = classOf(value, limits)
    classes[row] = found
    counts[found] = (counts[found] ?? 0) + 1
    if (known(value)) {
      lowest = Math.min(lowest, value)
      highest = Math.max(highest, value)
    }
  }
  const range: readonly [number, number] | null = lowest <= highest ? [lowest, highest] : null
  return { limits, range, classOf: classes, counts }
}
