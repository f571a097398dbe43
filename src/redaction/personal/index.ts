/** The redactors of personal data. A new one is one file, one line here and one in the list of kinds. */
import type { PersonalKind } from '../kinds.ts'
import type { Redactor } from '../redactor.ts'
import { cards } from './cards.ts'
import { emails } from './emails.ts'
import { ibans } from './ibans.ts'
import { ipAddresses } from './ip-addresses.ts'
import { phones } from './phones.ts'

export { createPersonNames } from './person-names.ts'

/** By the kind that they find. */
export const PERSONAL: Readonly<Record<PersonalKind, Redactor>> = {
  email: emails,
  phone: phones,
  card: cards,
  iban: ibans,
  ip: ipAddresses
}
