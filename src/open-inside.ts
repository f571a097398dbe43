/** Opens all of a proxy but its door, and lets go of it again. */
import { randomUUID } from 'node:crypto'
import type { Config } from './config/config.ts'
import type { KnownSecret } from './config/known-secrets.ts'
import { createLocalAnswers } from './local-answers.ts'
import { openFaults, type OpenFaults } from './open-faults.ts'
import { openSinks, type OpenSinks } from './open-sinks.ts'
import { openLedger } from './open-ledger.ts'
import { openSpending } from './open-spending.ts'
import { openConsole, type ConsoleOutput } from './open-console.ts'
import { openTapes } from './open-tapes.ts'
import { openUpstream } from './open-upstream.ts'
import { createPipeline, type Pipeline } from './pipeline/handle.ts'
import { createPolicy, type Policy } from './pipeline/policy.ts'
import { createRedaction } from './redaction/index.ts'
import { cleanOrWithheld } from './redaction/own-redactor.ts'
import type { LocalAnswers } from './server/answer.ts'
import { createSecretBook, type SecretBook } from './secret-book.ts'
import { refuseSessions, type SharedParts } from './shared-parts.ts'
import { systemClock } from './system-clock.ts'
import { openSessions, type ProxySessions } from './sessions/open-sessions.ts'
import type { LoadedTapes } from './tapes.ts'
import { VERSION } from './version.ts'

/** How a proxy is opened, besides its settings. */
export interface ConfiguredParts {
  readonly report: (line: string) => void
  /** Values that must be kept nowhere. */
  readonly secrets: readonly KnownSecret[]
  readonly listen: boolean
  readonly sessionsOnly?: boolean | undefined
  readonly keepExchanges: number
  /** Where the debug console writes; without it there is none. */
  readonly debug?: ConsoleOutput
  /** What a worker has in common with the others. */
  readonly shared?: SharedParts
}

/** A proxy without its door. */
export interface Inside {
  readonly pipeline: Pipeline
  readonly local: LocalAnswers
  readonly sinks: OpenSinks
  readonly tapes: LoadedTapes
  readonly sessions: ProxySessions
  readonly policy: { current: Policy }
  readonly secrets: SecretBook
  readonly faults: OpenFaults
  readonly report: (line: string) => void
  release(): Promise<void>
}

export async function openInside(config: Config, parts: ConfiguredParts): Promise<Inside> {
  const secrets = createSecretBook()
  if (config.openaiApiKey) secrets.learn(config.openaiApiKey, 'openai-key')
  if (config.anthropicApiKey) secrets.learn(config.anthropicApiKey, 'anthropic-key')
  for (const [value, kind] of parts.secrets) secrets.learn(value, kind)
  const redaction = secrets.join(createRedaction({ policy: config.redact }))
  const report = (line: string): void => parts.report(cleanOrWithheld(line, redaction))

  const tapes = await openTapes(config, { secrets, report, sessionsOnly: parts.sessionsOnly })
  const { shared } = parts
  const { ledger, state: ledgerState } = shared?.ledger ? { ledger: shared.ledger } : await openLedger(config, report)
  const { keepExchanges } = parts
  const opening = openSinks(config, { version: VERSION, redaction, keepExchanges, ledgerState, report })
  const sinks = await opening.catch(async (error: unknown): Promise<OpenSinks> => {
    await ledger.close()
    throw error
  })
  const policy = { current: openPolicy(config) }
  const faults = openFaults(config)
  const upstream = openUpstream(config)
  const idle = (): Promise<void> => pipeline.idle()
  const sessions = openSessions({ config, tapes, secrets, report, view: sinks.view, idle, faultSeed: faults.seed })
  const pipeline = createPipeline({
    policy: () => policy.current,
    ledger,
    spending: openSpending(config, ledger, { runId: shared?.runId ?? randomUUID(), report }),
    upstream,
    tapes: sessions.tapes,
    sessions,
    faults: (session) => [faults.list, ...sessions.faultsOf(session)],
    speed: config.speed,
    sinks: [...sinks.all, sessions.sink],
    watchers: [openConsole(parts.debug, redaction, report)],
    clock: systemClock,
    newId: () => `ex_${randomUUID().replaceAll('-', '')}`,
    learnSecret: (value) => secrets.learn(value, 'api-key'),
    streamUsage: config.streamUsage,
    maxBodyBytes: config.maxBodyBytes,
    report
  })
  const local = createLocalAnswers({
    config,
    version: VERSION,
    metrics: shared?.metrics ?? sinks.metrics,
    pipeline,
    policy: () => policy.current,
    ledgerState,
    sessions: shared ? refuseSessions : sessions.answers
  })
  const release = async (): Promise<void> => {
    await sessions.close()
    await pipeline.idle()
    await Promise.all([upstream.close(), sinks.close(), ledger.close()])
  }
  return { pipeline, local, sinks, tapes, sessions, policy, secrets, faults, report, release }
}

export function openPolicy(config: Config): Policy {
  return createPolicy(config, { timeoutMs: config.ruleTimeoutMs, sleep: systemClock.sleep })
}
