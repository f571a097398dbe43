/** The proxy's own addresses: health for everybody, metrics for whoever runs it. */
import type { Config } from './config/config.ts'
import { isLoopback } from './config/loopback.ts'
import { createAdmin, metricsAnswers, type AdminAnswers } from './inspector/admin.ts'
import { createHealth } from './inspector/health.ts'
import type { Metrics } from './inspector/metrics.ts'
import type { LedgerStatus } from './metering/failover-ledger.ts'
import type { Pipeline } from './pipeline/handle.ts'
import type { Policy } from './pipeline/policy.ts'
import type { LocalAnswers } from './server/answer.ts'
import { systemClock } from './system-clock.ts'

export interface LocalAnswersParts {
  readonly config: Config
  readonly version: string
  readonly metrics: Pick<Metrics, 'text'>
  readonly pipeline: Pick<Pipeline, 'refuse'>
  readonly policy: () => Policy
  /** Answers `/_proxy/sessions`. */
  readonly sessions: AdminAnswers
  /** How a shared ledger is; `undefined` where there is none. */
  readonly ledgerState: (() => LedgerStatus) | undefined
}

export function createLocalAnswers({
  config,
  version,
  metrics,
  pipeline,
  policy,
  ledgerState,
  sessions
}: LocalAnswersParts): LocalAnswers {
  const startedAt = systemClock.elapsed()
  const health = createHealth({
    mode: config.mode,
    version,
    ledger: ledgerState,
    uptimeMs: () => systemClock.elapsed() - startedAt
  })
  const admin = createAdmin({
    answers: [metricsAnswers(metrics), sessions],
    isLocal: isLoopback(config.host),
    tokens: () => policy().tokens,
    refuse: pipeline.refuse
  })
  return (request) => health(request) ?? admin(request)
}
