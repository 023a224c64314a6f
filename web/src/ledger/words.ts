// Words of the ledger's screens; they are loaded with the ledger, not with the map.
import { language, say as sayMap, text, type Values, type WordKey, type Words } from '@/words'
import { LEDGER_WORDS, type LedgerKey } from '@/words/ledger'

export { language, text, type Words }
export type { LedgerKey }

/** Return a sentence of the ledger, or of the shell, in the reader's language. */
export function say(key: LedgerKey | WordKey, values: Values = {}): string {
  if (!(key in LEDGER_WORDS)) return sayMap(key as WordKey, values)
  return LEDGER_WORDS[key as LedgerKey][language.value].replace(/\{(\w+)\}/g, (whole, name: string) =>
    String(values[name] ?? whole),
  )
}
