// Words of the shared services; they are loaded with them, not with the map.
import { fill, language, say as sayMap, text as textOf, type Language, type Values, type WordKey, type Words } from '@/words'
import { HALL_WORDS, type HallKey } from '@/words/hall'

export { language, type Language, type Words }
export type { HallKey }

/** Return the reader's text of words that came with an answer. */
export const text = textOf

/** Return a sentence of the shared services, or of the shell, in the reader's language. */
export function say(key: HallKey | WordKey, values: Values = {}): string {
  if (!(key in HALL_WORDS)) return sayMap(key as WordKey, values)
  return fill(HALL_WORDS[key as HallKey][language.value], values)
}
