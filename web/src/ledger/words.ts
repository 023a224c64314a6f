// Words of the ledger's screens; they are loaded with the ledger, not with the map.
import { fill, language, say as sayMap, text as textOf, type Values, type WordKey, type Words } from '@/words'
import { LEDGER_WORDS, type LedgerKey } from '@/words/screens'

export { language, type Words }
export type { LedgerKey }

/** Return the reader's text of words that came with an answer. */
export const text = textOf

/** Words at the head of a column, on a button: with a capital where the language has them. */
export function headed(words: Words | null | undefined): string {
  const found = textOf(words)
  return language.value === 'en' ? found.charAt(0).toUpperCase() + found.slice(1) : found
}

/** Return a sentence of the ledger, or of the shell, in the reader's language. */
export function say(key: LedgerKey | WordKey, values: Values = {}): string {
  if (!(key in LEDGER_WORDS)) return sayMap(key as WordKey, values)
  return fill(LEDGER_WORDS[key as LedgerKey][language.value], values)
}
