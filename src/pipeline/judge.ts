/** Judges an exchange by the rules in force, and reserves what it may cost. */
import type { CancelSignal } from '../http/cancel.ts'
import { evaluate } from '../firewall/evaluate.ts'
import type { FieldEdit } from '../firewall/rule.ts'
import { formatPath } from '../http/json.ts'
import type { Ledger } from '../metering/ledger.ts'
import type { OpenExchange } from './open-exchange.ts'
import type { Clock } from './ports.ts'
import { refusedBy } from './refused.ts'

/** What judging needs. */
export interface JudgingParts {
  readonly ledger: Ledger
  readonly clock: Clock
  /** One line for the operator. */
  readonly report: (message: string) => void
}

/** Both throw `Refused`. */
export interface Judging {
  /** Asks the rules, in order; what they rewrite is kept with the exchange. */
  judge(exchange: OpenExchange, signal: CancelSignal): Promise<void>
  /** Nothing goes out that a budget cannot pay at its worst, or a rate has no room for. */
  reserve(exchange: OpenExchange): Promise<void>
}

export function createJudging(parts: JudgingParts): Judging {
  async function judge(exchange: OpenExchange, signal: CancelSignal): Promise<void> {
    const { caller, policy } = exchange
    const context = { ledger: parts.ledger, now: parts.clock.now(), caller, signal }
    const judgement = await evaluate(policy.rulesFor(caller), exchange.call!, context)
    signal.throwIfAborted()
    if (judgement.kind === 'pass') {
      if (judgement.edits.length > 0) edit(exchange, judgement.edits)
      return
    }
    if (judgement.failure !== undefined) parts.report(`The rule ${judgement.rule} failed: ${String(judgement.failure)}`)
    throw refusedBy(judgement.rule, judgement.error)
  }

  async function reserve(exchange: OpenExchange): Promise<void> {
    const { id, spending, caller, policy } = exchange
    const { content, body } = exchange.read!
    const call = exchange.call!
    const rates = policy.ratesFor({ models: call.models, token: caller })
    const { edits } = exchange
    const outgoing = { at: parts.clock.now(), call, caller, rates, id, content, bodyBytes: body.byteLength, edits }
    const limits = edits.length === 0 && content.kind === 'json' ? spending!.limitEdits(outgoing) : []
    if (limits.length > 0) edit(exchange, limits)
    const reserving = await spending!.reserve(outgoing)
    exchange.rates = reserving.rates
    if (reserving.kind === 'held') exchange.held = reserving.held
    else throw refusedBy(reserving.rule, reserving.error)
  }

  return { judge, reserve }
}

function edit(exchange: OpenExchange, edits: readonly FieldEdit[]): void {
  exchange.edits.push(...edits)
  const changes = exchange.edits.map(({ path, value }) => `${formatPath(path)} set to ${JSON.stringify(value)}`)
  exchange.verdict = { kind: 'rewrite', changes }
}
