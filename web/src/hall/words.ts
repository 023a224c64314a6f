// Words of the shared services; they are loaded with them, not with the map.
import { fill, headed, language, sayFrom, text, type Language, type Values, type Words } from '@/words'
import { HALL_WORDS, type HallKey } from '@/words/hall'

export { headed, language, text, type HallKey, type Language, type Words }

/** Return a sentence of the shared services, or of the shell, in the reader's language. */
export const say = sayFrom<HallKey>(HALL_WORDS)

/** A sentence in both languages: for what is kept and shown later. */
export const both = (key: HallKey, values: Values = {}): Words => ({
  zh: fill(HALL_WORDS[key].zh, values),
  en: fill(HALL_WORDS[key].en, values),
})
