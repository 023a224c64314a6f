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

/** A sentence in both languages: for what is kept and shown later. */
export const both = (key: HallKey, values: Values = {}): Words => ({
  zh: fill(HALL_WORDS[key].zh, values),
  en: fill(HALL_WORDS[key].en, values),
})

/** Words at the head of a column, on a button: with a capital where the language has them. */
export function headed(words: Words | null | undefined): string {
  const found = textOf(words)
  return language.value === 'en' ? found.charAt(0).toUpperCase() + found.slice(1) : found
}
