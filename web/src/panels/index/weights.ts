// Weights of the strands in the index, as they stand in the address: `transport:2,livelihood:0.5`.
// Pure.
export const MOST_WEIGHT = 5
export const STEP = 0.5
const USUAL = 1

export type Weights = ReadonlyMap<string, number>

export function readWeights(text: string | null): Weights {
  const found = new Map<string, number>()
  for (const one of (text ?? '').split(',')) {
    const match = /^([a-z_]{1,30}):(\d(?:\.\d{1,3})?)$/.exec(one)
    if (match?.[1] && Number(match[2]) <= MOST_WEIGHT) found.set(match[1], Number(match[2]))
  }
  return found
}

/** Null where all are alike: the address then says nothing of weights. */
export function writeWeights(weights: Weights): string | null {
  const told = [...weights].filter(([, weight]) => weight !== USUAL)
  return told.length === 0 ? null : told.map(([strand, weight]) => `${strand}:${weight}`).join(',')
}

export const weightOf = (weights: Weights, strand: string): number => weights.get(strand) ?? USUAL

/** With one of them changed; unchanged where none would be left above zero. */
export function changed(weights: Weights, strand: string, weight: number, parts: readonly string[]): Weights {
  const next = new Map(weights).set(strand, weight)
  return parts.some((one) => weightOf(next, one) > 0) ? next : weights
}
