/** Finds bank accounts: IBANs of the length that their country has, whose check digits fit (mod 97). */
import type { Finding, Redactor } from '../redactor.ts'

/** Lengths by country: https://www.swift.com/resource/iban-registry-pdf, release 99. */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 ' +
    'FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 ' +
    'LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 ' +
    'SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))])
)

/** A country and two check digits. What follows is read by hand. */
const BEGINNING = /(?<![\p{L}\p{N}_])[A-Z]{2}\d{2}(?=[ -]?[A-Z0-9]{4})/gu

export const ibans: Redactor = {
  name: 'ibans',
  *find(text): Iterable<Finding> {
    for (const { 0: match, index } of text.matchAll(BEGINNING)) {
      const length = LENGTHS.get(match.slice(0, 2))
      const end = length === undefined ? undefined : endOf(text, index, length)
      if (end === undefined || /[\p{L}\p{N}_]/u.test(text.charAt(end))) continue
      const iban = text.slice(index, end).replaceAll(/[ -]/g, '')
      if (fitsMod97(iban)) yield { kind: 'iban', start: index, end, secret: iban }
    }
  }
}

/** Behind so many characters, separators aside. */
function endOf(text: string, start: number, length: number): number | undefined {
  let at = start
  for (let count = 0; count < length; at += 1) {
    const isSeparator = (text[at] === ' ' || text[at] === '-') && /[A-Z0-9]/.test(text.charAt(at + 1))
    if (!isSeparator && !/[A-Z0-9]/.test(text.charAt(at))) return undefined
    if (!isSeparator) count += 1
  }
  return at
}

/** ISO 7064: the beginning moved to the end, letters as two digits, leaves 1 when it is divided by 97. */
function fitsMod97(iban: string): boolean {
  let rest = 0
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}
