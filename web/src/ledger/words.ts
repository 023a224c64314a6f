// Words of the ledger's screens; they are loaded with the ledger, not with the map.
import { headed, language, sayFrom, text, type Words } from '@/words'
import { LEDGER_WORDS, type LedgerKey } from '@/words/screens'

export { headed, language, text, type LedgerKey, type Words }

/** Return a sentence of the ledger, or of the shell, in the reader's language. */
export const say = sayFrom<LedgerKey>(LEDGER_WORDS)
