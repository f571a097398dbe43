/** Finds payment cards: numbers of a length and beginning that an issuer has, whose last digit fits the others (Luhn). */
import type { Finding, Redactor } from '../redactor.ts'

/** Digits in one run, or in groups with one kind of separator; a part of no longer number, word or fraction. */
const CANDIDATE = /(?<![\p{L}\p{N}_]|[.,+-])\d{4}(?:([ -]?)\d{4}\1\d{4}\1\d{1,7}|([ -])\d{6}\2\d{4,5})(?![\p{L}\p{N}_]|[.,-]\d)/gu

/** Beginnings and lengths by issuer. https://en.wikipedia.org/wiki/Payment_card_number#Issuer_identification_number_(IIN) */
const ISSUERS: readonly RegExp[] = [
  // Visa
  /^4(?:\d{12}|\d{15}|\d{18})$/,
  // Mastercard
  /^(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}$/,
  // American Express
  /^3[47]\d{13}$/,
  // Discover, UnionPay
  /^(?:6011|64[4-9]\d|65\d{2}|62\d{2})\d{12,15}$/,
  // JCB
  /^35(?:2[89]|[3-8]\d)\d{12}$/,
  // Diners Club
  /^(?:3(?:0[0-5]|[689]\d)\d{11}|3(?:0[0-5]|[689]\d)\d{13})$/,
  // Maestro
  /^(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}$/
]

export const cards: Redactor = {
  name: 'cards',
  *find(text): Iterable<Finding> {
    const candidates = new RegExp(CANDIDATE)
    for (let match = candidates.exec(text); match; match = candidates.exec(text)) {
      const [written] = match
      const digits = written.replaceAll(/\D/g, '')
      const isCard = ISSUERS.some((issuer) => issuer.test(digits)) && fitsLuhn(digits)
      if (isCard) yield { kind: 'card', start: match.index, end: match.index + written.length, secret: digits }
      // The number may begin with a later group: `2026 4111 1111 1111 1111`.
      else candidates.lastIndex = match.index + 1
    }
  }
}

/** ISO/IEC 7812-1: every second digit from the right is doubled; the digits of all add up to a multiple of ten. */
function fitsLuhn(digits: string): boolean {
  let sum = 0
  for (let at = 0; at < digits.length; at += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - at) - 48
    const counted = at % 2 === 0 ? digit : digit * 2
    sum += counted > 9 ? counted - 9 : counted
  }
  return sum % 10 === 0
}
