// Time limits of isochrones as they are written: 15,30,60. Pure.

export const USUAL = '15,30,60,90,120'
const MOST = 8
const LONGEST = 480

/** Read limits: ascending, each once; null when they are none the service takes. */
export function readLimits(text: string): number[] | null {
  const parts = text.split(/[,，、\s]+/).filter(Boolean)
  const found = parts.map(Number)
  if (found.length === 0 || !found.every((one) => one > 0 && one <= LONGEST)) return null
  const limits = [...new Set(found)].sort((a, b) => a - b)
  return limits.length <= MOST ? limits : null
}
