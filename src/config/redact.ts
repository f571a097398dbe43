/** The setting `redact`: what a user takes out of logs and cassettes besides what is built in. */
import * as z from 'zod'
import { readFieldPath } from '../redaction/field-path.ts'
import { PERSONAL_KINDS, type PersonalKind } from '../redaction/kinds.ts'
import { SHORTEST } from '../redaction/known-values.ts'
import { fromOwnRedactor, type OwnRedactor } from '../redaction/own-redactor.ts'
import type { RedactionPolicy } from '../redaction/policy.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { messageOf, show } from './config-error.ts'
import { createPatternRedactor, type OwnPattern } from './linear-pattern.ts'

/** What options and a configuration file may say of redaction. Each list adds to what is built in. */
export interface RedactSetting {
  /** Headers whose values are secret; `*` stands for any run of characters: `['x-tenant-*']`. */
  readonly headers?: readonly string[]
  /** Headers that a cassette keeps; all but a few are left out: `['x-experiment']`. */
  readonly keepHeaders?: readonly string[]
  /** Fields of JSON, forms and queries whose values are secret: `['metadata.user_id', 'messages[*].name', '$.user']`. */
  readonly fields?: readonly string[]
  /** Texts that are secret wherever they stand, of 8 characters at least. */
  readonly values?: readonly string[]
  /** Variables of the environment whose values are secret, beside those whose names say so; `*` as above: `['ACME_*']`. */
  readonly env?: readonly string[]
  /** Kinds of personal data: `['email', 'phone', 'card', 'iban', 'ip']`, or `'all'`. */
  readonly personal?: readonly PersonalKind[] | 'all'
  /** Names of persons, in any case: `['Ada Lovelace']`. */
  readonly names?: readonly string[]
  /** Regular expressions, as text, as RegExp, or with a name for their placeholders: `[{ name: 'customer', pattern: 'C-[0-9]{8}' }]`. */
  readonly patterns?: readonly (string | RegExp | OwnPattern)[]
  /** Redactors of your own: `[defineRedactor({ name, find })]`. */
  readonly redactors?: readonly OwnRedactor[]
}

/** Kinds of personal data, as text with commas or as a list. Throws an `Error`. */
export function readPersonal(value: unknown): PersonalKind[] {
  const given = typeof value === 'string' ? value.split(',').map((word) => word.trim().toLowerCase()) : value
  if (!Array.isArray(given)) throw new Error(`${show(value)} is no list of kinds of personal data. ${KINDS_ADVICE}`)
  const kinds = given.filter((word) => word !== '')
  if (kinds.includes('all')) return [...PERSONAL_KINDS]
  const strange = kinds.find((kind) => !PERSONAL_KINDS.includes(kind as PersonalKind))
  if (strange !== undefined) throw new Error(`${show(strange)} is no kind of personal data. ${KINDS_ADVICE}`)
  return PERSONAL_KINDS.filter((kind) => kinds.includes(kind))
}

const KINDS_ADVICE = `Write ${PERSONAL_KINDS.join(', ')}, or all.`

/** A list whose items are read one by one; a message names the item by its place, since it may be secret itself. */
function list<T>(read: (item: unknown) => T): z.ZodType<readonly T[]> {
  return z.unknown().transform((value, context): readonly T[] => {
    if (!Array.isArray(value)) {
      context.addIssue({ code: 'custom', message: `${show(value)} is no list` })
      return z.NEVER
    }
    return value.flatMap((item: unknown, index) => {
      try {
        return [read(item)]
      } catch (error) {
        context.addIssue({ code: 'custom', message: messageOf(error), path: [index] })
        return []
      }
    })
  })
}

function text(what: string): (item: unknown) => string {
  return (item) => {
    if (typeof item !== 'string' || item.trim() === '') throw new Error(`${show(item)} is no ${what}`)
    return item.trim()
  }
}

const header = list((item) => {
  const name = text('name of a header')(item)
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /^\*+$/.test(name)) throw new Error(`${show(name)} is no name of a header`)
  return name
})

const field = list((item) => {
  const path = text('path of a field')(item)
  readFieldPath(path)
  return path
})

const value = list((item) => {
  const secret = text('text')(item)
  if (secret.length < SHORTEST)
    throw new Error(`has ${secret.length} characters, and would be found in many texts. Give ${SHORTEST} at least, or a pattern`)
  return secret
})

const variable = list((item) => {
  const name = text('name of a variable')(item)
  if (!/^[A-Za-z_*][\w*]*$/.test(name) || /^\*+$/.test(name)) throw new Error(`${show(name)} is no name of a variable`)
  return name
})

const person = list((item) => {
  const name = text('name of a person')(item).replaceAll(/\s+/g, ' ')
  if (!/\p{L}.*\p{L}/u.test(name)) throw new Error(`${show(name)} has no two letters, and would be found everywhere`)
  return name
})

const redactor = list((item): Redactor => {
  const { name, find } = (typeof item === 'object' && item !== null ? item : {}) as Partial<OwnRedactor>
  if (typeof find !== 'function')
    throw new Error('has no find function. Write defineRedactor({ name, find }), in a file that is a program or in startProxy()')
  if (typeof name !== 'string' || !/^[a-z][a-z\d-]{0,63}$/.test(name))
    throw new Error('has no good name. Write lower-case words with hyphens between them, e.g. customer-number')
  return fromOwnRedactor(item as OwnRedactor)
})

const personal = z.unknown().transform((given, context) => {
  try {
    return readPersonal(given)
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) })
    return z.NEVER
  }
})

const NONE: readonly never[] = []

/** One entry for each key of {@link RedactionPolicy}. */
const entries = {
  headers: header.default(NONE),
  keepHeaders: header.default(NONE),
  fields: field.default(NONE),
  values: value.default(NONE),
  env: variable.default(NONE),
  personal: personal.default([]),
  names: person.default(NONE),
  patterns: list(createPatternRedactor).default(NONE),
  redactors: redactor.default(NONE)
} satisfies Record<keyof RedactionPolicy, z.ZodType>

const policySchema = z.strictObject(entries, {
  error: ({ code, input, keys }) =>
    code === 'unrecognized_keys'
      ? `knows no ${(keys as string[]).map((key) => JSON.stringify(key)).join(', ')}. It knows ${Object.keys(entries).join(', ')}.`
      : `${show(input)} is no object. Write redact: { fields: [metadata.user_id], personal: [email] }.`
})

/** Checks the setting. Throws an `Error` with every problem; none shows a value. */
export function readRedact(given: unknown): RedactionPolicy {
  const { data, error } = policySchema.safeParse(given)
  if (!error) return data
  const problems = error.issues.map(({ path, message }) => {
    const [key, index] = path
    if (key === undefined) return message
    return `${String(key)}${typeof index === 'number' ? `, item ${index + 1}` : ''}: ${message.replace(/\.$/, '')}.`
  })
  throw new Error(problems.join(' '))
}
