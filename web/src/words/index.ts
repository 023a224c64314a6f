// Words for people: `say` takes them from the catalogue, `text` from an answer of the API.
import { ref } from 'vue'

import { WORDS, type WordKey } from './catalogue'

export type { WordKey }
export type Language = 'zh' | 'en'
export const LANGUAGES: readonly Language[] = ['zh', 'en']

/** A text in both languages, as every answer of the API carries it. */
export type Words = Readonly<Record<Language, string>>

/** The reader's language; `state/view` sets it from the address. */
export const language = ref<Language>('zh')

export type Values = Readonly<Record<string, string | number>>

/** Return a sentence with its placeholders filled. */
export function fill(template: string, values: Values): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}

/** Return the sentence `key` in the reader's language with its placeholders filled. */
export function say(key: WordKey, values: Values = {}): string {
  return fill(WORDS[key][language.value], values)
}

/** `say` for a page with chapters of its own, which are loaded with it; it knows those of the shell, too. */
export const sayFrom =
  <Key extends string>(chapters: Readonly<Record<Key, Words>>) =>
  (key: Key | WordKey, values: Values = {}): string =>
    key in chapters ? fill(chapters[key as Key][language.value], values) : say(key as WordKey, values)

/** Return the sentence `key` in both languages: for what is kept and shown later. */
export function both(key: WordKey, values: Values = {}): Words {
  return { zh: fill(WORDS[key].zh, values), en: fill(WORDS[key].en, values) }
}

/** Return the reader's text of words that came with an answer. */
export function text(words: Words | null | undefined): string {
  if (!words) return ''
  return words[language.value] || words.zh
}

/** Words at the head of a column, on a button: with a capital where the language has them. */
export function headed(words: Words | null | undefined): string {
  const found = text(words)
  return language.value === 'en' ? found.charAt(0).toUpperCase() + found.slice(1) : found
}
