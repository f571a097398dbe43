/** The schema of the settings: each one as text (variables, flags) or as its own type (configuration file, `startProxy()`). */
import * as z from 'zod'
import { budget, prices, zone } from './money.ts'
import { callerRateLimit, rateLimit } from './rates.ts'
import { parseSpeed, SPEEDS, type Speed } from '../cassettes/speed.ts'
import { readFaults } from '../faults/read-faults.ts'
import type { Config } from './config.ts'
import { messageOf, show } from './config-error.ts'
import { readForbidden } from './forbidden.ts'
import { readMatch } from './match.ts'
import { readOtlpHeaders } from './otlp.ts'
import { readOwnRules } from './own-rules.ts'
import { readRedact } from './redact.ts'
import { readSwitch } from './switch.ts'
import { readTokens, type CallerLimits } from './tokens.ts'

/** A message that shows the wrong value and says what would be right. */
function wrong(what: string): { error: (issue: { readonly input?: unknown }) => string } {
  return { error: ({ input }) => `${show(input)} is ${what}.` }
}

/** A reader of another file as a part of the schema: its `Error` becomes the message. */
function readBy<T>(read: (value: unknown) => T): z.ZodType<T> {
  return z.unknown().transform(attempt(read))
}

function attempt<T, V>(read: (value: V) => T): (value: V, context: z.RefinementCtx) => T {
  return (value, context) => {
    try {
      return read(value)
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) })
      return z.NEVER
    }
  }
}

const flag = z.preprocess(readSwitch, z.boolean(wrong('neither true nor false')))

function wholeNumber(least: number, most: number): z.ZodType<number> {
  const message = wrong(`no whole number from ${least} to ${most}`)
  const read = (value: unknown): unknown => (typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value)
  return z.preprocess(read, z.int(message).min(least, message).max(most, message))
}

/** What may stand in a header: a key with a line end in it was not copied whole. */
const headerSafe = z
  .string({ error: ({ input }) => `${show(input)} is no text.` })
  .trim()
  .regex(/^[\x21-\x7e]+$/, { error: 'is empty, or holds a space, a line end or a character that no key has. Copy it again.' })

const text = (what: string): z.ZodType<string> =>
  z
    .string(wrong(what))
    .trim()
    .min(1, { error: `is empty. It is ${what.replace(/^no /, 'a ')}.` })

/** Seconds; Node's timers reach to 24.8 days. */
function seconds(least: 'above 0' | 'from 0'): z.ZodType<number> {
  const number = z.number(wrong('no number of seconds')).max(2_000_000, wrong('more than 2000000 seconds'))
  const message = wrong(`no number of seconds ${least}`)
  return z.preprocess(
    (value) => (typeof value === 'string' && /^\s*\d+(?:\.\d+)?\s*$/.test(value) ? Number(value) : value),
    least === 'above 0' ? number.positive(message) : number.nonnegative(message)
  )
}

/** Patterns between commas; a comma in a pattern is written `\,`. */
function readPatterns(list: string): string[] {
  const patterns = list.split(/(?<!\\),/).map((pattern) => pattern.replaceAll('\\,', ','))
  return patterns.filter((pattern) => pattern.trim() !== '')
}

const forbiddenOutputs = z.preprocess(
  (value) => (typeof value === 'string' ? readPatterns(value) : value),
  z
    .array(text('no pattern'), wrong('no list of patterns'))
    .min(1, { error: 'names no pattern. List patterns, e.g. *internal only*, or leave it out.' })
)

const allowedModels = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').filter((name) => name.trim() !== '') : value),
  z
    .array(text('no model'), wrong('no list of models'))
    .min(1, { error: 'names no model. List models, e.g. gpt-4*,claude-*, or leave it out to allow all.' })
)

const logLevel = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value
          .trim()
          .toUpperCase()
          .replace(/^WARN$/, 'WARNING')
      : value,
  z.enum(['DEBUG', 'INFO', 'WARNING', 'ERROR'], wrong('none of DEBUG, INFO, WARNING, ERROR'))
)

const mode = z.preprocess(
  (value) => (typeof value === 'string' ? value.trim().toLowerCase() : value),
  z.enum(['live', 'record', 'replay', 'auto', 'once'], wrong('none of live, record, replay, auto, once'))
)

const profileHeader = z.tuple(
  [
    z.string().regex(/^(?:\*|[\w-]+)$/, { error: 'a profile has a header whose name is none.' }),
    z
      .string()
      .regex(/^[\x20-\x7e]*$/, { error: 'a profile has a header whose value no header can have.' })
      .nullable()
  ],
  { error: 'a header of a profile is a pair of name and value.' }
)

const browserProfiles = z
  .array(
    z.strictObject({ name: text('no name'), headers: z.array(profileHeader).min(1, { error: 'a profile has no headers.' }) }),
    wrong('no list of browser profiles')
  )
  .min(1, { error: 'holds no profile. Leave it out to have the built-in ones.' })

const callerLimits = z.strictObject({
  allowedModels: allowedModels.optional(),
  maxTokens: wholeNumber(1, 1_000_000_000).optional(),
  rateLimit: callerRateLimit.optional()
})

function readCallerLimits(value: object): CallerLimits {
  const { success, data, error } = callerLimits.safeParse(value)
  if (success) return data
  const { path, message } = error.issues[0]!
  throw new Error(
    path.length === 0
      ? `${message}. Known are token, sha256, allowedModels, maxTokens, rateLimit.`
      : `${path[0]?.toString()}: ${message}`
  )
}

const unknownEndpoints = z.preprocess(
  (value) => (typeof value === 'string' ? value.trim().toLowerCase() : value),
  z.enum(['allow', 'block'], wrong('neither allow nor block'))
)

/** One entry for each key of {@link Config}. */
export const configSchema = z.strictObject({
  openaiApiKey: headerSafe.optional(),
  anthropicApiKey: headerSafe.optional(),
  openaiApiBaseUrl: baseUrl('https://api.openai.com/v1'),
  anthropicApiBaseUrl: baseUrl('https://api.openai.com/v1'),
  openaiOrgId: headerSafe.optional(),
  logLevel,
  logFile: z.preprocess(
    readSwitch,
    z.union([z.literal(false), text('no path')], wrong('no path of a file (or false, for no log)'))
  ),
  logRequests: flag,
  logResponses: flag,
  logTokens: flag,
  allowedModels: allowedModels.optional(),
  maxTokens: wholeNumber(1, 1_000_000_000).optional(),
  forbiddenInstructions: readBy(readForbidden).optional(),
  forbiddenOutputs: forbiddenOutputs.optional(),
  rateLimit: rateLimit.optional(),
  unknownEndpoints: unknownEndpoints.optional(),
  rules: readBy(readOwnRules).optional(),
  ruleTimeoutMs: wholeNumber(1, 600_000),
  proxyTokens: readBy((value) => readTokens(value, readCallerLimits)).optional(),
  maskNetwork: flag,
  browserProfile: flag,
  browserProfiles: browserProfiles.optional(),
  streamUsage: flag,
  budget: budget.optional(),
  budgetZone: zone,
  unpricedModels: z.enum(['allow', 'block'], wrong('neither allow nor block')).optional(),
  prices: prices.optional(),
  ledger: text('no place for counts'),
  ledgerFailure: z.enum(['closed', 'open'], wrong('neither closed nor open')),
  otlpEndpoint: baseUrl('http://127.0.0.1:4318').optional(),
  otlpTracesEndpoint: baseUrl('http://127.0.0.1:4318').optional(),
  otlpHeaders: readBy(readOtlpHeaders).optional(),
  otelServiceName: text('no name'),
  upstreamTimeout: seconds('above 0'),
  maxBodyBytes: wholeNumber(1, 1_073_741_824),
  drainTimeout: seconds('from 0'),
  port: wholeNumber(0, 65_535),
  workers: wholeNumber(1, 64),
  host: readBy(readHost),
  mode,
  cassette: text('no place of a cassette').optional(),
  match: readBy(readMatch).optional(),
  speed: readBy(readSpeed),
  redact: readBy(readRedact).optional(),
  faults: readBy(readFaults).optional(),
  faultSeed: wholeNumber(0, 1_000_000_000).optional(),
  debug: flag
} satisfies Record<Exclude<keyof Config, 'network'>, z.ZodType>)

function baseUrl(example: string): z.ZodType<string> {
  return readBy((value) => readBaseUrl(value, `Write it like ${example}.`))
}

function readBaseUrl(value: unknown, example: string): string {
  // A wrong address is never shown: it may hold a password.
  if (typeof value !== 'string' || !URL.canParse(value)) throw new Error(`is no URL. ${example}`)
  const url = new URL(value.trim())
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Error(`is no http or https URL. ${example}`)
  if (url.username !== '' || url.password !== '')
    throw new Error('holds a user name or password. Take it out; keys have their own settings.')
  if (/[?#]/.test(value)) throw new Error(`holds a query or a fragment. ${example}`)
  return value.trim()
}

function readHost(value: unknown): string {
  const host = typeof value === 'string' ? value.trim().replace(/^\[(.*)\]$/, '$1') : ''
  const isAddress = /^[\da-f:.]*:[\da-f:.]*:[\da-f:.]*(?:%\w+)?$/i.test(host)
  const isName = host.length <= 253 && host.split('.').every((word) => /^[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?$/i.test(word))
  if (!isAddress && !isName) {
    throw new Error(`${show(value)} is no address to listen on. Write a name or an address without port, e.g. 127.0.0.1.`)
  }
  return host
}

function readSpeed(value: unknown): Speed {
  try {
    return parseSpeed(String(value))
  } catch {
    throw new Error(`${show(value)} is no speed. Write ${SPEEDS}.`)
  }
}
