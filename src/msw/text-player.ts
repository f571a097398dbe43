/** What answers behind the handlers where there is no disk and no process: a proxy that replays a cassette at hand as text. */
import { fetchBases, NO_PORT_URL } from '../addresses.ts'
import { createTextStore } from '../cassettes/text-store.ts'
import { useOf } from '../cassettes/use.ts'
import { ConfigError } from '../config/config-error.ts'
import type { Config } from '../config/config.ts'
import { knownSecrets } from '../config/known-secrets.ts'
import { spansUrl } from '../config/otlp.ts'
import { parseOptions } from '../config/parse-options.ts'
import { createExchangeList } from '../inspector/exchange-list.ts'
import { toLogEntry, WHOLE_ENTRY } from '../log/log-entry.ts'
import { createMissReport } from '../log/miss-report.ts'
import { createMemoryLedger } from '../metering/memory-ledger.ts'
import { openFaults } from '../open-faults.ts'
import { openSpending, spendingSummaries } from '../open-spending.ts'
import { createPipeline } from '../pipeline/handle.ts'
import { createPolicy } from '../pipeline/policy.ts'
import { playTape } from '../play-tape.ts'
import { cleanOrWithheld } from '../redaction/own-redactor.ts'
import { createRedaction } from '../redaction/index.ts'
import { createSecretBook } from '../secret-book.ts'
import { drain } from '../server/close.ts'
import { createFetch } from '../server/fetch.ts'
import { checkPortless, TAKER, type CassetteText, type MswOptions } from './options.ts'
import { pageClock } from './page-clock.ts'
import type { Player } from './player.ts'

/** Throws `ConfigError` or `CassetteError`. */
export async function openTextPlayer(cassette: CassetteText, options: MswOptions): Promise<Player> {
  const { text, name = 'cassette', files = {} } = cassette
  const { title: _title, keepExchanges = 1000, report: tell = warn, ...settings } = options
  checkPortless(options)
  const config = readConfig(settings)
  const secrets = createSecretBook()
  for (const [value, kind] of knownSecrets({ variables: {}, named: [], proxyTokens: settings.proxyTokens }))
    secrets.learn(value, kind)
  const redaction = secrets.join(createRedaction({ policy: config.redact }))
  const report = (line: string): void => tell(cleanOrWithheld(line, redaction))
  const { match, redact: policy } = config
  const store = createTextStore({ text, name, files })
  const loaded = await playTape({ store, name, mode: 'replay', match, policy, secrets, report })
  const list = createExchangeList(keepExchanges, (exchange) => toLogEntry(exchange, redaction, WHOLE_ENTRY))
  const ledger = createMemoryLedger()
  const faults = openFaults(config)
  const rules = createPolicy(config, { timeoutMs: config.ruleTimeoutMs, sleep: pageClock.sleep })
  const pipeline = createPipeline({
    policy: () => rules,
    ledger,
    spending: openSpending(config, ledger, { runId: crypto.randomUUID(), report }),
    upstream: { send: neverCalled, close: async () => undefined },
    tapes: { modeOf: () => 'replay', open: async () => loaded },
    faults: () => [faults.list],
    speed: config.speed,
    sinks: [list.sink],
    watchers: [createMissReport(report, redaction)],
    clock: pageClock,
    newId: () => `ex_${crypto.randomUUID().replaceAll('-', '')}`,
    learnSecret: (value) => secrets.learn(value, 'api-key'),
    streamUsage: config.streamUsage,
    maxBodyBytes: config.maxBodyBytes,
    report
  })
  return {
    mode: 'replay',
    fetch: createFetch({ pipeline, local: () => undefined, bases: fetchBases(config, NO_PORT_URL) }),
    get exchanges() {
      return list.all()
    },
    rules: [...rules.summaries, ...spendingSummaries(config)],
    get cassettes() {
      return [useOf(loaded.tape)]
    },
    fault: faults.fault,
    idle: () => pipeline.idle(),
    async close() {
      await drain({ pipeline, graceMs: config.drainTimeout * 1000 })
      await pipeline.idle()
    }
  }
}

/** What a cassette at hand as text cannot do is told, and not ignored. */
function readConfig(settings: MswOptions): Config {
  const { mode = 'replay', logFile = false, debug, ...others } = settings
  const config = parseOptions({ ...others, mode: mode === 'once' ? 'replay' : mode, cassette: 'text', logFile: false }, {}, TAKER)
  const problems = [
    ...(config.mode === 'replay' ? [] : [`mode ${config.mode} needs Node: here a cassette is only replayed`]),
    ...(logFile === false ? [] : ['option logFile needs Node: here there is no disk. Read what happened in .exchanges']),
    ...(debug ? ['option debug needs Node: here there is no console of a process. Read what happened in .exchanges'] : []),
    ...(config.ledger === 'memory' ? [] : [`option ledger needs Node: here there is only memory`]),
    ...(spansUrl(config) === undefined ? [] : ['spans need Node: leave out the options of OpenTelemetry'])
  ]
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => `${TAKER}: ${problem}.`))
  return config
}

function neverCalled(): Promise<never> {
  return Promise.reject(new Error('A replay calls nobody.'))
}

/** A line for whoever runs this. */
function warn(line: string): void {
  // eslint-disable-next-line no-console -- here is no other place for it
  console.warn(`openai-proxy: ${line}`)
}
