// Numbers that people and firms are known by, checked as their standards say. Pure.

const day = (text: string): Date | null => {
  const made = new Date(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}T00:00:00Z`)
  const told = Number.isNaN(made.getTime()) ? '' : made.toISOString().slice(0, 10).replaceAll('-', '')
  return told === text ? made : null
}

/** GB 11643: division, a day of birth that exists and has come, running number, check by MOD 11-2. */
export function isIdNumber(text: string): boolean {
  if (!/^(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)\d{15}[\dXx]$/.test(text)) return false
  const born = day(text.slice(6, 14))
  if (born === null || born.getUTCFullYear() < 1850 || born.getTime() > Date.now()) return false
  const total = [...text.slice(0, 17)].reduce((sum, digit, place) => sum + Number(digit) * (2 ** (17 - place) % 11), 0)
  return '10X98765432'.charAt(total % 11) === text.charAt(17).toUpperCase()
}

const LETTERS = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const OWN_LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const OWN_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2]

/** GB 32100, with the check character of the organisation's own code (GB 11714) in it. */
export function isCreditCode(text: string): boolean {
  const code = text.toUpperCase()
  if (!/^[1-9A-HJ-NP-RTUWXY][1-9]\d{6}[0-9A-HJ-NP-RTUWXY]{10}$/.test(code)) return false
  let weight = 1
  let total = 0
  for (const letter of code.slice(0, 17)) {
    total += LETTERS.indexOf(letter) * weight
    weight = (weight * 3) % 31
  }
  if (LETTERS.charAt((31 - (total % 31)) % 31) !== code.charAt(17)) return false
  const own = [...code.slice(8, 16)].reduce(
    (sum, letter, place) => sum + OWN_LETTERS.indexOf(letter) * (OWN_WEIGHTS[place] ?? 0),
    0,
  )
  return '0123456789X'.charAt((11 - (own % 11)) % 11) === code.charAt(16)
}

/** A mobile number, or a landline with its area code. */
export const isPhone = (text: string): boolean =>
  /^((\+?86[- ]?)?1[3-9]\d{9}|0[1-9]\d{1,2}[- ]?[1-9]\d{6,7}(-\d{1,6})?)$/.test(text)

export const isDate = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && day(text.replaceAll('-', '')) !== null

export const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  'cn-id-number': isIdNumber,
  'cn-credit-code': isCreditCode,
  'cn-phone': isPhone,
  date: isDate,
  email: (text) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text),
}
