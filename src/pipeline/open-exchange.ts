/** An exchange under way: what is known of it grows from step to step. */
import type { Policy } from './policy.ts'
import type { FieldEdit } from '../firewall/rule.ts'
import type { HttpRequest, Inform, InterimResponse } from '../http/message.ts'
import type { Held } from '../firewall/held.ts'
import type { RateStatus } from '../firewall/rate-limit.ts'
import type { Spending } from '../firewall/spending.ts'
import type { Cost } from '../metering/cost.ts'
import type { Usage } from '../metering/usage.ts'
import type { ModelCall, ProviderName } from '../providers/provider.ts'
import type { Route } from '../providers/route.ts'
import type { ExchangeVerdict, TimedInterim } from './exchange.ts'
import type { Clock, LoadedTape, PlayedTape } from './ports.ts'
import type { ReadRequest } from './read-request.ts'

export interface OpenExchange {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly openedAt: number
  /** The clock's `elapsed()` at opening. */
  readonly startedAt: number
  readonly request: HttpRequest
  session: string
  provider: ProviderName
  /** The provider's own path and query. Until the route is known: as the client sent it. */
  path: string
  /** What is in force for this exchange, to its end, whatever changes meanwhile. */
  policy: Policy
  /** The name of the caller's token. */
  caller: string | undefined
  read: ReadRequest | undefined
  call: ModelCall | undefined
  verdict: ExchangeVerdict
  readonly edits: FieldEdit[]
  /** The cassette that the exchange was looked for in, or is to be appended to. */
  cassette: string | undefined
  /** The tape of its session, once it was opened. */
  tape: PlayedTape | undefined
  /** The cassette that the exchange is to be appended to. */
  recording: LoadedTape | undefined
  /** What prices and budgets there are. */
  spending: Spending | undefined
  /** What was reserved. */
  held: Held | undefined
  /** How much is left of each rate. */
  rates: readonly RateStatus[]
  /** What it has cost, once that is known. */
  cost: Cost | undefined
  /** The faults that struck it, for people. */
  readonly faults: string[]
  /** What an event told that the client does not see. */
  usageTold: Usage | undefined
  /** What came before the answer; of very many the first. */
  readonly interim: readonly TimedInterim[]
  /** Notes an interim answer, and passes it on to the client. */
  inform(interim: InterimResponse): void
  route(route: Route): void
  named(read: ReadRequest, call: ModelCall): void
  recordTo(tape: LoadedTape): void
}

/** Most interim answers that are kept of an exchange. */
export const MOST_INTERIM = 100

/** What opening takes. */
export interface OpeningParts {
  readonly clock: Clock
  readonly newId: () => string
  readonly policy: () => Policy
}

/** @param inform tells the client what comes before its answer, where it can be told */
export function openExchange(request: HttpRequest, { clock, newId, policy }: OpeningParts, inform?: Inform): OpenExchange {
  const interim: TimedInterim[] = []
  const exchange: OpenExchange = {
    id: newId(),
    openedAt: clock.now(),
    startedAt: clock.elapsed(),
    request,
    session: '',
    provider: 'openai',
    path: request.url,
    policy: policy(),
    caller: undefined,
    read: undefined,
    call: undefined,
    verdict: { kind: 'allow' },
    edits: [],
    cassette: undefined,
    tape: undefined,
    recording: undefined,
    spending: undefined,
    held: undefined,
    rates: [],
    cost: undefined,
    faults: [],
    usageTold: undefined,
    interim,
    inform(answer) {
      if (interim.length <= MOST_INTERIM) interim.push({ ...answer, at: clock.elapsed() - exchange.startedAt })
      inform?.(answer)
    },
    route({ session, provider, path, query }) {
      exchange.session = session
      exchange.provider = provider
      exchange.path = path + query
    },
    named(read, call) {
      exchange.read = read
      exchange.call = call
    },
    recordTo(tape) {
      exchange.recording = tape
    }
  }
  return exchange
}
