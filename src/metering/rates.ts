/** Rates: how much may go out in which time, or at once, as settings write it (`60/minute,100000 tokens/minute,8 concurrent`). */
import { createScopeTest, nameScope, type Scope, type ScopedCall } from './scope.ts'

/** The lengths that a window can have, in milliseconds. */
export const RATE_PERIODS = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const
export type RatePeriod = keyof typeof RATE_PERIODS

/** Most of something in any window of a length, or most calls at once. */
export type RateLimit = Scope & {
  /** Whole, above 0. */
  readonly limit: number
} & ({ readonly unit: 'requests' | 'tokens'; readonly period: RatePeriod } | { readonly unit: 'concurrent' })

/** A rate that holds for a call. */
export interface Rate {
  /** Its name in the ledger: the same for every process with the same rate. */
  readonly name: string
  readonly limit: RateLimit
}

/** A rate that cannot be read. Its message names the choices. */
export class RateError extends Error {
  readonly code = 'invalid_rate'
  constructor(message: string) {
    super(message)
    this.name = 'RateError'
  }
}

/** Most that a limit may be: far above what any provider lets through. */
const MOST = 1_000_000_000_000

const FORM = /^(\d+)\s*(requests?|tokens?|concurrent)?\s*(?:\/\s*([a-z]+))?$/i

/**
 * Reads a list of rates: `60` (requests a minute), `10/second`, `100000 tokens/minute`, `8 concurrent`.
 * @throws RateError
 */
export function parseRates(text: string): RateLimit[] {
  const rates = text.split(',').map((part) => parseRate(part.trim()))
  const names = rates.map((rate) => nameRate(rate, undefined))
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index)
  if (twice !== -1) throw new RateError(`${quote(text)} has two limits of ${describe(rates[twice]!)}. Keep one of them.`)
  return rates
}

function parseRate(text: string): RateLimit {
  const [, digits, word = 'requests', period] = FORM.exec(text) ?? []
  if (digits === undefined) throw new RateError(`${quote(text)} is no rate. ${CHOICES}`)
  const limit = Number(digits)
  if (limit < 1 || limit > MOST) throw new RateError(`${quote(text)} is no whole number from 1 to ${MOST}. ${CHOICES}`)
  const name = word.toLowerCase()
  if (name === 'concurrent') {
    if (period === undefined) return { unit: 'concurrent', limit }
    throw new RateError(`${quote(text)}: calls at once have no period. Write ${limit} concurrent.`)
  }
  const unit = name.startsWith('token') ? 'tokens' : 'requests'
  if (period === undefined && unit === 'tokens')
    throw new RateError(`${quote(text)} names no period. Write ${limit} tokens/minute.`)
  const known = periodOf(period ?? 'minute')
  if (!known) throw new RateError(`${quote(text)} names no period that a rate can have. ${CHOICES}`)
  return { unit, limit, period: known }
}

function periodOf(text: string): RatePeriod | undefined {
  const name = text.toLowerCase()
  return Object.hasOwn(RATE_PERIODS, name) ? (name as RatePeriod) : undefined
}

const CHOICES =
  'Write requests a minute (60), or 10/second, 100000 tokens/minute, 8 concurrent; periods are second, minute, hour and day.'

/** The rates that hold for a call, each once: where two mean the same, the smaller limit holds. */
export function createRates(limits: readonly RateLimit[]): (call: ScopedCall) => readonly Rate[] {
  const compiled = limits.map((limit) => ({ holdsFor: createScopeTest(limit), rateOf: createRateOf(limit) }))
  return (call) => {
    const rates: Rate[] = []
    for (const { holdsFor, rateOf } of compiled) {
      if (!holdsFor(call)) continue
      const rate = rateOf(call.token)
      const same = rates.findIndex(({ name }) => name === rate.name)
      if (same === -1) rates.push(rate)
      else if (rate.limit.limit < rates[same]!.limit.limit) rates[same] = rate
    }
    return rates
  }
}

/** Only a rate of tokens' own is named after who calls. */
function createRateOf(limit: RateLimit): (token: string | undefined) => Rate {
  if (limit.token !== undefined) return (token) => ({ name: nameRate(limit, token), limit })
  const rate = { name: nameRate(limit, undefined), limit }
  return () => rate
}

/** The limit is no part of the name: a changed limit counts what was counted before. */
function nameRate(rate: RateLimit, token: string | undefined): string {
  return nameScope(rate.unit === 'concurrent' ? [rate.unit] : [rate.unit, rate.period], rate, token)
}

/** `requests a minute`, `calls at once`. */
export function describe(rate: RateLimit): string {
  return rate.unit === 'concurrent' ? 'calls at once' : `${rate.unit} a${rate.period === 'hour' ? 'n' : ''} ${rate.period}`
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text)
}
