/** `startProxy()`: a proxy with its door, or without. */
import type { Mockttp } from 'mockttp'
import { addresses, fetchBases, NO_PORT_URL } from './addresses.ts'
import { withPlace } from './config/cassette-place.ts'
import type { Config } from './config/config.ts'
import { useOf, type CassetteUse } from './cassettes/use.ts'
import { knownSecrets, type KnownSecret } from './config/known-secrets.ts'
import type { ProxySettings } from './config/options.ts'
import { parseOptions } from './config/parse-options.ts'
import { createReport } from './log/report.ts'
import type { MetricsValues } from './inspector/metrics.ts'
import type { LogEntry } from './log/log-entry.ts'
import type { ProxyFaults } from './open-faults.ts'
import { spendingSummaries } from './open-spending.ts'
import { openServer } from './open-server.ts'
import type { Mode } from './pipeline/source.ts'
import { drain } from './server/close.ts'
import { createFetch } from './server/fetch.ts'
import type { Session, SessionOptions, SessionSummary } from './sessions/session.ts'
import { openInside, openPolicy, type ConfiguredParts } from './open-inside.ts'

/** What `startProxy()` takes: every setting of the command line in camel case, and these. */
export interface ProxyOptions extends ProxySettings {
  /**
   * `false` opens no port; use `proxy.fetch` then.
   * @default true
   */
  readonly listen?: boolean
  /** `true` refuses every request whose base URL is no open session's. @default false */
  readonly sessionsOnly?: boolean
  /** Most exchanges that `proxy.exchanges` keeps; older ones are dropped. @default 1000 */
  readonly keepExchanges?: number
  /**
   * Receives one line for whoever runs the proxy: a recording that was not written, a log that failed.
   * @default a line on standard error
   */
  readonly report?: (line: string) => void
}

/** A running proxy. */
export interface Proxy extends AsyncDisposable, ProxyFaults {
  /** e.g. `http://127.0.0.1:8000`; with `listen: false` an address that only `proxy.fetch` knows. */
  readonly url: string
  /** For OpenAI clients, with `/v1`: `new OpenAI({ baseURL: proxy.openaiBaseURL })`. */
  readonly openaiBaseURL: string
  /** For Anthropic clients, without `/v1`: `new Anthropic({ baseURL: proxy.anthropicBaseURL })`. */
  readonly anthropicBaseURL: string
  /** Variables that point a child process at the proxy: base URLs, and keys that are no keys. */
  readonly env: Readonly<Record<string, string>>
  /** What happened so far, oldest first, redacted. An exchange is here before its client has the end of the answer. */
  readonly exchanges: readonly LogEntry[]
  /** The rules in force, one line each. */
  readonly rules: readonly string[]
  /**
   * The cassettes that requests have asked for so far, and which of their interactions were used. Told from memory, at once: one that was
   * changed or deleted since it was last asked for is shown as it was then.
   */
  readonly cassettes: readonly CassetteUse[]
  /** Answers like `fetch`, with no socket: `new OpenAI({ fetch: proxy.fetch })`. Calls nothing but the proxy's own upstreams. */
  readonly fetch: typeof globalThis.fetch
  /**
   * Opens a session: a base URL with a cassette, a mode and a list of exchanges to itself, so that tests can share one proxy.
   * Rejects with a `ConfigError`, and a `CassetteError` where the cassette is broken. One that is missing misses every request.
   */
  openSession(options: SessionOptions): Promise<Session>
  /** Every session so far, closed ones first: what was replayed, recorded, missed and left unused. */
  readonly sessions: readonly SessionSummary[]
  /**
   * The mockttp server: a route mocked there wins. mockttp is loaded when this is first read, which takes a third of a second.
   * Throws with `listen: false`.
   */
  readonly mockttp: Mockttp
  /**
   * Lets what is under way end for `drainTimeout`, ends the rest with the provider's error, writes what is to be written, and
   * frees the port.
   */
  close(): Promise<void>
}

/**
 * What `startProxy()` of the package does.
 * @param taker who takes the options, as messages name it
 */
export async function startProxy(options: ProxyOptions = {}, taker?: string): Promise<ConfiguredProxy> {
  const { listen = true, sessionsOnly, keepExchanges = 1000, report = createReport(process.stderr), ...settings } = options
  const config = withPlace(parseOptions(settings, process.env, taker))
  const debug = config.debug ? { debug: process.stderr } : {}
  const secrets = knownSecrets({ variables: process.env, named: config.redact.env, proxyTokens: settings.proxyTokens })
  return startConfigured(config, { listen, sessionsOnly, keepExchanges, report, secrets, ...debug })
}

/** A proxy whose policy can be exchanged while it runs. */
export interface ConfiguredProxy extends Proxy {
  readonly mode: Mode
  /** Puts rules, limits and tokens of another configuration in force, at once and together. Exchanges under way keep theirs. */
  enforce(config: Config, secrets: readonly KnownSecret[]): void
  /** When everything that was asked so far is answered and recorded, and each cassette of the folder is open. Throws `CassetteError`. */
  idle(): Promise<void>
  /** What this process has counted. */
  metricsValues(): MetricsValues
}

/** Starts a proxy from a checked configuration. */
export async function startConfigured(config: Config, parts: ConfiguredParts): Promise<ConfiguredProxy> {
  const inside = await openInside(config, parts)
  const { pipeline, local, sinks, sessions, policy, secrets, faults, release } = inside
  const server = parts.listen ? await openServer(config, inside) : undefined
  const url = server?.url ?? NO_PORT_URL
  const close = async (): Promise<void> => {
    await (server ? server.close() : drain({ pipeline, graceMs: config.drainTimeout * 1000 }))
    await release()
  }
  return {
    ...addresses(url),
    mode: config.mode,
    get exchanges() {
      return sinks.list.all()
    },
    get rules() {
      return [...policy.current.summaries, ...spendingSummaries(config)]
    },
    get cassettes() {
      return inside.tapes.loaded().map(useOf)
    },
    fault: faults.fault,
    get faults() {
      return faults.faults
    },
    fetch: createFetch({ pipeline, local, bases: fetchBases(config, url) }),
    get mockttp() {
      if (server) return server.mockttp
      throw new Error('A proxy started with listen: false has no mockttp server. Start it with a port, or mock its fetch.')
    },
    openSession: (options) => sessions.openFor(url, options),
    get sessions() {
      return sessions.all()
    },
    enforce(next, nextSecrets) {
      for (const [value, kind] of nextSecrets) secrets.learn(value, kind)
      policy.current = openPolicy(next)
    },
    idle: () => pipeline.idle().then(inside.tapes.openAll),
    metricsValues: () => sinks.metrics.values(),
    close,
    [Symbol.asyncDispose]: close
  }
}
