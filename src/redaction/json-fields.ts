/** Fields of a JSON body whose strings are secret by their name, whatever they look like. */
import type { JsonPath } from '../http/json.ts'
import { copyOf } from './clean-texts.ts'
import { fieldName, isWithin, readFieldPath } from './field-path.ts'
import type { HeaderRules } from './headers.ts'
import { ownKind } from './kinds.ts'

/** Secret whatever the value is. Compared without case, `_` and `-`, as a whole. */
const SECRET = words('authorization proxyauthorization password passwd passphrase cookie setcookie')

/** Secret where a field's name is this or ends with it (`OPENAI_API_KEY`, `webhook_secret`), and its value is one word. */
const SECRET_ENDS = words(
  'apikey accesskey privatekey secretkey signingkey encryptionkey accesstoken refreshtoken idtoken authtoken ' +
    'authorizationtoken sessiontoken apitoken bearertoken clientsecret secret password passwd passphrase'
)

const ORGANIZATION = words('organization organizationid orgid openaiorganization')

/** What a schema or a form says of a field of that name, which tells no secret. */
const NO_SECRETS = words('string number integer boolean object array null undefined none true false yes no required optional')

/** A field `token` holds a word of a text (`logprobs.content[].token`) more often than a key: only what is no word counts. */
const TOKEN = /^(?=[^\d]*\d)(?=[^A-Za-z]*[A-Za-z])[\w.~+/=-]{20,}$/

/** Whether a value is no word of a text: it can be looked for elsewhere too. */
export function isUnlikeWords(value: string): boolean {
  return value.length <= 4096 && TOKEN.test(value)
}

/** Which fields hold secrets: those whose names say so, and those that a user named. */
export interface FieldRules {
  /**
   * The kind of secret that a field holds, or `undefined`. The elements of a list count as the list, `client_secret.value` as
   * `client_secret`, the fields of `headers` as headers.
   */
  kindOf(path: JsonPath, value: string): string | undefined
  /** The kind that a user's own path gives a value, whatever it is. */
  ownKindOf(path: JsonPath): string | undefined
  /** Whether a name says something of the values in its field, or of those of the fields within. */
  tellsOf(name: string): boolean
  /** Whether some value of a field of that name is secret, where nothing else is known of it. */
  mayHide(name: string): boolean
  /** By its name alone. */
  kindOfNamed(name: string, value: string): string | undefined
}

/** @param own paths of a user's fields, each with the kind that its values get */
export function createFieldRules(own: readonly string[], headers: HeaderRules): FieldRules {
  const paths = own.map(readFieldPath).map((path) => ({ path, name: fieldName(path), kind: ownKind(fieldName(path)) }))
  const ownKindOf = (path: JsonPath): string | undefined =>
    paths.length === 0 ? undefined : paths.find((field) => isWithin(path, field.path))?.kind
  const kindOf = (path: JsonPath, value: string): string | undefined =>
    value === '' ? undefined : (ownKindOf(path) ?? builtInKind(path, value, headers))
  // Of the path to a field in half a text, only its end is known.
  const named = (name: string): string | undefined => paths.find((field) => field.name === name)?.kind
  const kindOfNamed = (name: string, value: string): string | undefined => named(name) ?? kindOf([name], value)
  return {
    kindOf,
    ownKindOf,
    tellsOf: (name) => paths.length > 0 || name === 'headers' || factsOf(name).mayHide,
    mayHide: (name) => EXAMPLES.some((value) => kindOfNamed(name, value) !== undefined),
    kindOfNamed
  }
}

/** Values that a field of a secret's name holds for sure. */
const EXAMPLES = ['A1'.repeat(12), 'org-A']

function builtInKind(path: JsonPath, value: string, headers: HeaderRules): string | undefined {
  let last = path.length - 1
  while (typeof path[last] === 'number') last -= 1
  if (path[last] === 'value') last -= 1
  const name = path[last]
  if (typeof name !== 'string' || name === '' || NO_SECRETS.has(value.toLowerCase())) return undefined
  const parent = path[last - 1]
  if (parent === 'dependentRequired' || parent === 'dependencies') return undefined
  if (parent === 'headers') return headers.kindOf(name.toLowerCase())
  return kindOfField(name, value)
}

/** What a name tells, whatever the value. */
interface NameFacts {
  /** Without case and separators. */
  readonly whole: string
  readonly endsSecret: boolean
  /** Whether any value of a field of that name can be secret. */
  readonly mayHide: boolean
}

/** The names of fields are few, and come again and again; more than these are read anew. */
const MOST_NAMES = 2000

const facts = new Map<string, NameFacts>()

/** Only a name's end counts, however long a client makes it. */
function factsOf(name: string): NameFacts {
  const end = name.slice(-60)
  const known = facts.get(end)
  if (known) return known
  if (facts.size >= MOST_NAMES) facts.clear()
  const kept = copyOf(end)
  const read = readName(kept)
  facts.set(kept, read)
  return read
}

function readName(name: string): NameFacts {
  const parts = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  const whole = parts.join('')
  const endsSecret = SECRET_ENDS.has(parts.at(-1)!) || SECRET_ENDS.has(parts.slice(-2).join(''))
  return { whole, endsSecret, mayHide: endsSecret || SECRET.has(whole) || whole === 'token' || ORGANIZATION.has(whole) }
}

/** The kind of secret that a field or a variable of that name holds. */
export function kindOfField(name: string, value: string): string | undefined {
  const { whole, endsSecret, mayHide } = factsOf(name)
  if (!mayHide) return undefined
  if (SECRET.has(whole)) return 'credential'
  // Several words tell of a secret more often than they are one; so does what is redacted already.
  const isWord = !/\s|<[a-z][a-z0-9-]*:\d{1,9}>/.test(value)
  if (isWord && endsSecret) return 'credential'
  if (whole === 'token' && TOKEN.test(value)) return 'credential'
  // A name of a company is no secret; an id is.
  return ORGANIZATION.has(whole) && /^(?:(?:org|user|team)[-_]\S+|[0-9a-f-]{32,36})$/i.test(value) ? 'organization' : undefined
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '))
}
