/** Who is calling: compares a request's credentials with the proxy's own tokens, which are known only by their hashes. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { getHeader, getHeaders } from '../http/headers.ts'
import type { HeaderList } from '../http/message.ts'
import type { RateLimit } from '../metering/rates.ts'
import type { ProxyError } from '../providers/provider.ts'

/** A token that callers show to this proxy, and what holds for whoever shows it, besides what holds for all. */
export interface ProxyToken {
  /** As the log names the caller. */
  readonly name: string
  /** SHA-256 of the token, in lower-case hex. The token itself is not kept. */
  readonly sha256: string
  readonly allowedModels?: readonly string[] | undefined
  /** Output tokens. */
  readonly maxTokens?: number | undefined
  /** Rates of this token's calls. */
  readonly rateLimit?: readonly RateLimit[] | undefined
}

/** The header that carries the proxy's token beside the client's own key. */
export const TOKEN_HEADER = 'x-openai-proxy-token'

/** Where a token may stand: its own header counts before the two that clients send their key in. */
const CARRIERS = [TOKEN_HEADER, 'authorization', 'x-api-key']

/** What the official clients must be given as a key where they need none: nobody's token. */
const PLACEHOLDERS = new Set(['', 'openai-proxy', 'unused'])

/** Who is calling, or why nobody knows. */
export type Identified =
  | { readonly kind: 'known'; readonly token: ProxyToken }
  | { readonly kind: 'refused'; readonly error: ProxyError }

/** SHA-256 of a token, in lower-case hex. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** @param tokens never empty. Where the token's own header is sent, only that one counts */
export function identifyCaller(tokens: readonly ProxyToken[], headers: HeaderList): Identified {
  const carrier = CARRIERS.find((name) => shown(headers, name).length > 0)
  if (carrier === undefined) {
    return refused(
      'proxy_token_required',
      `This proxy wants to know who is calling: the request carries none of its tokens. ${ADVICE}`
    )
  }
  const found = shown(headers, carrier).map((value) => findToken(tokens, value))
  const [token] = found
  if (token !== undefined && found.every((one) => one === token)) return { kind: 'known', token }
  return refused('proxy_token_invalid', `What the request carries in ${carrier} is none of this proxy's tokens. ${ADVICE}`)
}

/** The headers as the upstream may see them: without any header that holds one of the proxy's tokens. */
export function withoutProxyTokens(tokens: readonly ProxyToken[], headers: HeaderList): HeaderList {
  if (tokens.length === 0 && getHeader(headers, TOKEN_HEADER) === undefined) return headers
  return headers.filter(([name, value]) => {
    const lower = name.toLowerCase()
    if (lower === TOKEN_HEADER) return false
    return tokens.length === 0 || findToken(tokens, bareValue(value)) === undefined
  })
}

const ADVICE =
  "Send one of the tokens in PROXY_TOKENS as the client's API key, or as the header x-openai-proxy-token beside a key of your own."

function shown(headers: HeaderList, name: string): string[] {
  return getHeaders(headers, name)
    .map(bareValue)
    .filter((value) => !PLACEHOLDERS.has(value))
}

function bareValue(value: string): string {
  return value.replace(/^\s*bearer(?=\s|$)/i, '').trim()
}

/** Every token is compared, each in constant time: how long it takes tells nothing. */
function findToken(tokens: readonly ProxyToken[], value: string): ProxyToken | undefined {
  const hash = createHash('sha256').update(value).digest()
  let found: ProxyToken | undefined
  for (const token of tokens) {
    if (timingSafeEqual(hash, Buffer.from(token.sha256, 'hex'))) found = token
  }
  return found
}

function refused(code: string, message: string): Identified {
  return { kind: 'refused', error: { status: 401, type: 'authentication_error', code, message, param: null, retry: false } }
}
