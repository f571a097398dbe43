/** Every kind of secret there is a placeholder for, and the one pattern by which placeholders are known again. */
import { SHAPES } from './secret-shapes.data.ts'

/** Personal data, each kind found where a user asks for it. */
export const PERSONAL_KINDS = ['email', 'phone', 'card', 'iban', 'ip'] as const

export type PersonalKind = (typeof PERSONAL_KINDS)[number]

/** What begins the kinds of what a user named (`<secret-user-id:1>`): no other kind can be like them. */
const OWN = 'secret-'

/** What begins the kinds of what was found in encoded bytes together with something else. */
const ENCODED = 'encoded-'

const KINDS: ReadonlySet<string> = new Set(
  [
    SHAPES.map(({ kind }) => kind),
    [
      'private-key',
      'credential',
      'cookie',
      'organization',
      'project',
      'api-key',
      'proxy-token',
      'otlp-header',
      'password',
      'secret'
    ],
    PERSONAL_KINDS,
    ['person-name']
  ].flat()
)

/** A kind's own form: `<step:1>` in somebody's prompt is a text like any other. */
const PLACEHOLDER = new RegExp(
  `<((?:${ENCODED})?(?:${[...KINDS].toSorted((a, b) => b.length - a.length).join('|')}|${OWN}[a-z0-9-]{1,80})):\\d{1,9}>`,
  'g'
)

/** The kind that a placeholder gets: one of the list, or what a user named it, marked as such. */
export function toKind(wanted: string): string {
  const given = wanted.toLowerCase().replace(/[^a-z0-9-]+/g, '-')
  const encoded = given.startsWith(ENCODED) ? ENCODED : ''
  const kind = given.slice(encoded.length)
  if (KINDS.has(kind)) return given
  return encoded + OWN + (kind.startsWith(OWN) ? kind.slice(OWN.length) : kind).replace(/^-+|-+$/g, '').slice(0, 80)
}

/** A user's name for a kind, as a kind. */
export function ownKind(name: string): string {
  return toKind(OWN + name.replace(/([a-z0-9])([A-Z])/g, '$1-$2'))
}

/** The kind of what is hidden in encoded bytes among other things. */
export function encodedKind(kind: string): string {
  return kind.startsWith(ENCODED) ? kind : ENCODED + kind
}

/** The kind of what is hidden, without that it is. */
export function plainKind(kind: string): string {
  return kind.startsWith(ENCODED) ? kind.slice(ENCODED.length) : kind
}

/** Placeholders are numbered in order of first sight, which differs from run to run: `<openai-key:2>` equals `<openai-key:1>`. */
export function withoutNumbers(text: string): string {
  return text.includes('<') ? text.replace(PLACEHOLDER, '<$1>') : text
}

/** Where placeholders stand in a text. */
export function placeholdersIn(text: string): { readonly start: number; readonly end: number; readonly kind: string }[] {
  if (!text.includes('<')) return []
  return Array.from(text.matchAll(PLACEHOLDER), ({ 0: match, 1: kind = '', index }) => ({
    start: index,
    end: index + match.length,
    kind
  }))
}
