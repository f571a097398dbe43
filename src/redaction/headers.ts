/** Which headers are kept, and which of their values are secret by their name. */
import { byName } from '../http/by-name.ts'
import { compileGlob } from '../http/glob.ts'
import type { HeaderList, HeaderPair } from '../http/message.ts'
import type { CleanTexts } from './clean-texts.ts'
import { ownKind } from './kinds.ts'
import { isPlaceholder } from './placeholders.ts'
import type { Audience } from './redactor.ts'

/** What a cassette keeps: what clients and people read. Everything else is noise of one connection, one network, one day. */
const KEPT = new Set(
  (
    'content-type content-disposition content-language content-range cache-control link location retry-after retry-after-ms ' +
    'x-should-retry x-request-id request-id openai-beta openai-version openai-model openai-organization openai-project openai-processing-ms ' +
    'anthropic-version anthropic-beta anthropic-organization-id x-accel-buffering www-authenticate'
  ).split(' ')
)

const KEPT_FAMILIES = /^(?:x-ratelimit-|anthropic-ratelimit-)/

/** Names whose values are secret whatever they look like, and the kind of placeholder they get. */
const SECRET: readonly (readonly [name: RegExp, kind: string])[] = [
  [/^openai-organization$|^anthropic-organization-id$/, 'organization'],
  [/^openai-project$/, 'project'],
  [/^(?:set-)?cookie2?$/, 'cookie'],
  [/auth|token|secret|api-?key|password|credential|session|signature|^x-amz-|^cf-access/, 'credential']
]

/** Names that the last line above would take, and that tell no secret. */
const HARMLESS = /^(?:anthropic-ratelimit-|x-ratelimit-|www-authenticate$|x-max-|sec-websocket-(?:version|extensions)$)/

/** Addresses, whose parameters may be secret by their names. */
const ADDRESSES = new Set(['location', 'content-location', 'referer', 'operation-location'])

/** A target of a `link` header, `<https://…>`, with placeholders in it. https://www.rfc-editor.org/rfc/rfc8288#section-3 */
const LINK_TARGET = /<((?:<[a-z0-9-]+:\d+>|[^<>])*)>/g

/** Which headers are kept, and which are secret: the built-in ones, and a user's. */
export interface HeaderRules {
  /** Takes the name in lower case, as the next one does. */
  keeps(name: string): boolean
  /** The kind of secret that a header holds, or `undefined`. */
  kindOf(name: string): string | undefined
}

/** @param own names as a user gives them: any case, `*` for any run of characters */
export function createHeaderRules(own: {
  readonly headers: readonly string[]
  readonly keepHeaders: readonly string[]
}): HeaderRules {
  const [secret, kept] = [own.headers, own.keepHeaders].map((names) =>
    names.map((name) => ({ name, fits: compileGlob(name.toLowerCase()) }))
  )
  const keeps = (name: string): boolean => KEPT.has(name) || KEPT_FAMILIES.test(name) || kept!.some(({ fits }) => fits(name))
  const kindOf = (name: string): string | undefined => {
    if (secret!.some(({ fits }) => fits(name))) return ownKind(name)
    return HARMLESS.test(name) ? undefined : SECRET.find(([pattern]) => pattern.test(name))?.[1]
  }
  return { keeps: byName(keeps), kindOf: byName(kindOf) }
}

export interface HeaderRedaction {
  readonly headerRules: HeaderRules
  /** A placeholder for a value that is secret by its name. */
  readonly named: (value: string, kind: string) => string
  /** A value that is only secret where it looks like it. */
  readonly text: (value: string) => string
  readonly url: (url: string) => string
  /** Headers, each as a line, in which nothing was found. */
  readonly cleanHeaders: CleanTexts
}

/** The headers as their reader may see them. A cassette leaves most out; a log names every one. */
export function redactHeaders(headers: HeaderList, audience: Audience, redaction: HeaderRedaction): HeaderList {
  const { headerRules, cleanHeaders } = redaction
  const shown: HeaderPair[] = []
  for (const pair of headers) {
    const [name, value] = pair
    const lower = name.toLowerCase()
    if (audience === 'cassette' && !headerRules.keeps(lower)) continue
    const line = `${name}: ${value}`
    if (cleanHeaders.has(line)) {
      shown.push(pair)
      continue
    }
    const clean = redactHeader(pair, lower, redaction)
    if (clean[0] === name && clean[1] === value) cleanHeaders.add(line)
    shown.push(clean)
  }
  return shown
}

function redactHeader([name, value]: HeaderPair, lower: string, { headerRules, named, text, url }: HeaderRedaction): HeaderPair {
  // A name may itself hold a placeholder.
  const kind = headerRules.kindOf(lower.includes('<') ? lower.replace(/<[a-z0-9-]+:\d+>/g, '') : lower)
  if (kind === undefined || value === '') {
    if (ADDRESSES.has(lower)) return [text(name), url(value)]
    const plain = lower === 'link' ? value.replace(LINK_TARGET, (_, target: string) => `<${url(target)}>`) : value
    return [text(name), text(plain)]
  }
  // The scheme may be seen: it tells which kind of key was sent.
  const scheme = /^(?:bearer|basic|token)\s+/i.exec(value)?.[0] ?? ''
  const secret = value.slice(scheme.length)
  return [text(name), secret === '' || isPlaceholder(secret) ? value : scheme + named(secret, kind)]
}
