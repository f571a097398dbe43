/** What is said of rates: the limits in force, refusals, and the headers that tell clients how much is left. */
import type { HeaderList, HeaderPair } from '../http/message.ts'
import type { Refusal, Reserved } from '../metering/ledger.ts'
import { describe, type Rate, type RateLimit } from '../metering/rates.ts'
import type { ProxyError } from '../providers/provider.ts'

/** When a call that found every seat taken may try again, in milliseconds: nobody knows when another call will end. */
const SEAT_WAIT_MS = 1_000

/** The longest wait that a client is asked for, in milliseconds: SDKs sleep the whole of it, and hear no abort meanwhile. */
const LONGEST_WAIT_MS = 60_000

/** How much of a rate is left. */
export interface RateStatus {
  readonly unit: RateLimit['unit']
  readonly limit: number
  readonly remaining: number
  /** Milliseconds until some of it is free again; absent where nobody knows. */
  readonly freeInMs?: number
}

/** A refusal, and what the client is told of the rate that refused. */
export interface RateRefusal {
  readonly error: ProxyError
  readonly status: RateStatus
}

/** One line for people: what is in force. */
export function rateSummary(rate: RateLimit): string {
  const { token, model } = rate
  const whose = [token && `token ${token}`, model && `model ${model}`].filter(Boolean).join(', ')
  return `rate: at most ${rate.limit} ${describe(rate)}${whose === '' ? '' : ` (${whose})`}`
}

/** What the client is told of a window or of seats that had no room. */
export function overRate(rates: readonly Rate[], refusal: Exclude<Refusal, { account: string }>): RateRefusal {
  const name = 'window' in refusal ? refusal.window : refusal.seats
  const { limit: rate } = rates.find((one) => one.name === name)!
  const waitMs = 'window' in refusal ? refusal.retryAfterMs : SEAT_WAIT_MS
  const isShort = waitMs <= LONGEST_WAIT_MS
  const error: ProxyError = {
    ...REFUSAL,
    message: `Rate limit of this proxy exceeded: ${whatHolds(rate)}. Try again in ${Math.ceil(waitMs / 1000)} s.`,
    retry: isShort,
    ...(isShort ? { retryAfterMs: waitMs } : {})
  }
  return { error, status: { unit: rate.unit, limit: rate.limit, remaining: 0, freeInMs: waitMs } }
}

/** A call that may say more than the whole limit can never go out: waiting helps nobody. */
export function tooLarge({ limit: rate }: Rate, outputLimit: number): RateRefusal {
  const error: ProxyError = {
    ...REFUSAL,
    message:
      `Rate limit of this proxy exceeded: the call may take ${outputLimit} tokens of output alone, ` +
      `and the limit is ${whatHolds(rate)}. Ask for fewer.`,
    retry: false
  }
  return { error, status: { unit: rate.unit, limit: rate.limit, remaining: 0 } }
}

const REFUSAL = { status: 429, type: 'rate_limit_error', code: 'proxy_rate_limit_exceeded', param: null } as const

function whatHolds(rate: RateLimit): string {
  const { token, model } = rate
  const whose = [token && `of the token ${token}`, model && `for the model ${model}`].filter(Boolean).join(' ')
  return `${rate.limit} ${describe(rate)}${whose === '' ? '' : ` ${whose}`}`
}

/** How much is left of each rate that a call has taken from. */
export function rateStatuses(rates: readonly Rate[], { windows, running }: Reserved & { readonly granted: true }): RateStatus[] {
  const statuses: RateStatus[] = []
  for (const { name, limit: rate } of rates) {
    const { unit, limit } = rate
    const seated = running.get(name)
    const window = windows.get(name)
    if (seated !== undefined) statuses.push({ unit, limit, remaining: Math.max(0, limit - seated) })
    else if (window) statuses.push({ unit, limit, remaining: Math.max(0, limit - window.used), freeInMs: window.freeInMs })
  }
  return statuses
}

/** Headers of our own names, so that the provider's `x-ratelimit-*` stay what they are. Of each unit, the rate with the least left is told. */
export function rateHeaders(statuses: readonly RateStatus[]): HeaderList {
  const headers: HeaderPair[] = []
  for (const { unit, names } of TOLD) {
    let least: RateStatus | undefined
    for (const status of statuses) if (status.unit === unit && !(least && least.remaining <= status.remaining)) least = status
    if (!least) continue
    headers.push([names.limit, String(least.limit)], [names.remaining, String(least.remaining)])
    if (least.freeInMs !== undefined) headers.push([names.reset, `${Math.ceil(least.freeInMs) / 1000}s`])
  }
  return headers
}

const PREFIX = 'x-openai-proxy-ratelimit-'

/** In this order. */
const TOLD = (['requests', 'tokens', 'concurrent'] as const).map((unit) => ({
  unit,
  names: { limit: `${PREFIX}limit-${unit}`, remaining: `${PREFIX}remaining-${unit}`, reset: `${PREFIX}reset-${unit}` }
}))
