/** Finds telephone numbers: international ones in any spacing, and those of North America as they are written there. */
import type { Finding, Redactor } from '../redactor.ts'

/** `+49 (0)30 123-456`: a plus or `00`, a country code, and groups of at least two digits. */
const INTERNATIONAL =
  /(?<![\p{L}\p{N}+._/-])(?:\+|00(?=[1-9](?:[ .()/-]{0,2}\d){9}))[1-9]\d{0,14}(?:[ .-]?\(0\) ?\d{1,12}|[ .()/-]{1,2}\d{2,12}){0,6}(?![\p{L}\p{N}_])/gu

/** `(415) 555-2671`, `415-555-2671`, `415.555.2671`, with or without `1-` before: area code and exchange begin with 2 to 9. */
const AMERICAN =
  /(?<![\p{L}\p{N}+._/-])(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.-])[2-9]\d{2}[.-]\d{4}(?![\p{L}\p{N}_]|[.-]\d)/gu

/** E.164: at most 15 digits; no country numbers its telephones with fewer than 7. */
const FEWEST_DIGITS = 7
const MOST_DIGITS = 15

export const phones: Redactor = {
  name: 'phones',
  *find(text): Iterable<Finding> {
    if (!/\d{2}/.test(text)) return
    for (const { 0: match, index } of text.matchAll(INTERNATIONAL)) {
      const number = longestNumber(match)
      if (number !== undefined) yield phone(number, index)
    }
    for (const { 0: match, index } of text.matchAll(AMERICAN)) yield phone(match, index)
  }
}

/** What follows a number after a space may be another one: groups at the end are left out until it is one. */
function longestNumber(written: string): string | undefined {
  for (let number = written; number !== ''; number = /^(.*\d)[ .()/-]+\d+$/.exec(number)?.[1] ?? '') {
    const digits = digitsOf(number.replace('(0)', '')).replace(/^00/, '')
    const fits = digits.startsWith('1') ? digits.length === 11 : digits.length >= FEWEST_DIGITS && digits.length <= MOST_DIGITS
    if (fits) return number
  }
  return undefined
}

/** However it is spaced, it is one number. */
function phone(written: string, start: number): Finding {
  const isInternational = /^(?:\+|00)/.test(written)
  const digits = digitsOf(written.replace('(0)', '')).replace(/^00/, '')
  const secret = isInternational ? `+${digits}` : `+${digits.length === 10 ? '1' : ''}${digits}`
  return { kind: 'phone', start, end: start + written.length, secret }
}

function digitsOf(text: string): string {
  return text.replaceAll(/\D/g, '')
}
