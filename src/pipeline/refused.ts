/** A refusal on its way out of the steps, to be answered in one place. */
import { CassetteError } from '../cassettes/interaction.ts'
import { FaultBreak } from '../faults/fault.ts'
import { LedgerError } from '../metering/ledger.ts'
import type { ProxyError } from '../providers/provider.ts'
import { cassetteFailed, faultBroke, internalError, ledgerFailed, proxyClosing, unreadable, upstreamFailed } from './errors.ts'
import type { ExchangeVerdict } from './exchange.ts'
import { AnswerRefused } from './judge-answer.ts'
import { UpstreamError } from './ports.ts'
import { ProxyClosing } from './running.ts'

/** Carries a refusal or a failure out of the steps, to be answered in one place. */
export class Refused extends Error {
  readonly error: ProxyError
  readonly verdict: ExchangeVerdict | undefined

  constructor(error: ProxyError, verdict?: ExchangeVerdict) {
    super(error.code)
    this.error = error
    this.verdict = verdict
  }
}

/** A rule's refusal. */
export function refusedBy(rule: string, error: ProxyError): Refused {
  const { code, message } = error
  return new Refused(error, { kind: 'block', rule, code, message })
}

/** What was thrown, as the client is told of it. */
export function toProxyError(thrown: unknown): ProxyError {
  if (thrown instanceof Refused || thrown instanceof AnswerRefused) return thrown.error
  if (thrown instanceof FaultBreak) return faultBroke(thrown)
  if (thrown instanceof CassetteError) return cassetteFailed(thrown)
  if (thrown instanceof UpstreamError) return upstreamFailed(thrown)
  if (thrown instanceof LedgerError) return ledgerFailed(thrown)
  if (thrown instanceof ProxyClosing) return proxyClosing()
  return unreadable(thrown) ?? internalError()
}
