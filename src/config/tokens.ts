/** Reads the tokens of callers, and keeps nothing of them but their hashes. */
import { hashToken, type ProxyToken } from '../firewall/caller.ts'
import { isObject, type Json } from '../http/json.ts'

/** What holds for one token besides what holds for all. */
export type CallerLimits = Pick<ProxyToken, 'allowedModels' | 'maxTokens' | 'rateLimit'>

const EXAMPLE = 'Write name:token, or name:sha256:<64 hex digits>, with commas between them.'

/** Every client of the documentation sends these: they tell nobody apart. */
const NOBODYS = new Set(['openai-proxy', 'unused'])

/**
 * The tokens of a setting: `name:token,name2:sha256:<hex>`, or an object of `{ token | sha256, …limits }` by name. Throws an
 * `Error` that names the entry, never its token.
 * @param readLimits checks the limits of one token, or throws
 */
export function readTokens(value: unknown, readLimits: (limits: object) => CallerLimits): ProxyToken[] {
  const tokens =
    typeof value === 'string'
      ? splitEntries(value)
      : isObject(value as Json)
        ? readObject(value as object, readLimits)
        : undefined
  if (!tokens) throw new Error(`is no set of tokens. ${EXAMPLE}`)
  if (tokens.length === 0) throw new Error(`names no token. ${EXAMPLE}`)
  for (const [index, { name, sha256 }] of tokens.entries()) {
    const before = tokens.slice(0, index)
    if (before.some((other) => other.name === name)) throw new Error(`names ${name} twice. Give each token a name of its own.`)
    const twin = before.find((other) => other.sha256 === sha256)
    if (twin) throw new Error(`gives ${twin.name} and ${name} the same token. Give each caller one of its own.`)
  }
  return tokens
}

/** The tokens of a setting that stand there in clear, for redaction to know them. A setting that cannot be read has none. */
export function tokenTexts(value: unknown): string[] {
  const given =
    typeof value === 'string'
      ? value.split(',').map((entry) => entry.slice(entry.indexOf(':') + 1))
      : isObject(value as Json)
        ? Object.values(value as object).map((entry: unknown) =>
            isObject(entry as Json) ? (entry as { token?: unknown }).token : entry
          )
        : []
  const texts = given.filter((token): token is string => typeof token === 'string').map((token) => token.trim())
  return texts.filter((token) => !/^sha256:/i.test(token))
}

function splitEntries(text: string): ProxyToken[] {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  return entries.map((entry, index) => {
    const colon = entry.indexOf(':')
    // An entry without a colon may be a token: it is named by its place.
    if (colon === -1) throw new Error(`its entry ${index + 1} has no name. ${EXAMPLE}`)
    const name = readName(entry.slice(0, colon).trim(), `its entry ${index + 1}`)
    return { name, sha256: readSecret(name, entry.slice(colon + 1).trim()) }
  })
}

function readObject(value: object, readLimits: (limits: object) => CallerLimits): ProxyToken[] {
  return Object.entries(value).map(([key, entry]: [string, unknown], index) => {
    const name = readName(key, `its entry ${index + 1}`)
    if (typeof entry === 'string') return { name, sha256: readSecret(name, entry.trim()) }
    if (!isObject(entry as Json)) throw new Error(`${name} is no { token } or { sha256 }.`)
    const { token, sha256, ...limits } = entry as Record<string, unknown>
    const given = [token, sha256 === undefined ? undefined : `sha256:${String(sha256)}`].filter((one) => one !== undefined)
    if (given.length !== 1 || typeof given[0] !== 'string')
      throw new Error(`${name} needs either a token or its sha256, as text.`)
    try {
      return { name, sha256: readSecret(name, given[0].trim()), ...readLimits(limits) }
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`, { cause: error })
    }
  })
}

function readName(name: string, place: string): string {
  if (/^[a-z\d][\w.-]{0,63}$/i.test(name)) return name
  throw new Error(`${place} has no good name: write up to 64 letters, digits, dots, hyphens and underscores before its colon.`)
}

function readSecret(name: string, secret: string): string {
  const hash = /^sha256:(.*)$/i.exec(secret)?.[1]?.trim()
  if (hash !== undefined) {
    if (/^[\da-f]{64}$/i.test(hash)) return hash.toLowerCase()
    throw new Error(`the sha256 of ${name} is not 64 hex digits. Make it with: printf %s "$TOKEN" | sha256sum`)
  }
  if (!/^[\x21-\x7e]+$/.test(secret))
    throw new Error(`the token of ${name} is empty, or holds a character that no header can have.`)
  if (NOBODYS.has(secret))
    throw new Error(`the token of ${name} is what clients send in place of a key. Take a long random text.`)
  return hashToken(secret)
}
