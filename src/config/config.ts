/** A checked configuration: what every room above is given. */
import type { MatchSettings } from '../cassettes/matching/rules.ts'
import type { Speed } from '../cassettes/speed.ts'
import type { FaultSpec } from '../faults/read-faults.ts'
import type { ForbiddenInstruction } from '../firewall/forbidden-instructions.ts'
import type { ProxyToken } from '../firewall/caller.ts'
import type { OwnRule } from '../firewall/own-rule.ts'
import type { Budget, Period } from '../metering/budgets.ts'
import type { FailurePolicy } from '../metering/failover-ledger.ts'
import type { OwnPrice } from '../metering/prices.ts'
import type { RateLimit, RatePeriod } from '../metering/rates.ts'
import type { Mode } from '../pipeline/source.ts'
import type { RedactionPolicy } from '../redaction/policy.ts'
import type { SpanConfig } from './otlp.ts'

/** What the log takes: `INFO` all, `WARNING` what was refused or failed, `ERROR` what broke. `DEBUG` is `INFO`, and `debug`. */
export type LogLevel = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR'

/** A browser as an API sees it: its headers, in its own order and case. */
export interface BrowserProfileSetting {
  readonly name: string
  /** `null`: the client's own value stands here, if it sent one. Name `*`: the place of the client's other headers. */
  readonly headers: readonly (readonly [name: string, value: string | null])[]
}

/** A budget as options and the configuration file give it: `{ usd: 5, per: 'day', model: 'gpt-4*' }`. */
export interface BudgetSetting {
  readonly usd?: number
  readonly tokens?: number
  readonly per: Period
  /** Only calls of this named token; `*`: every token for itself. */
  readonly token?: string
  /** Only calls of the models that fit, together. */
  readonly model?: string
}

/** A rate as options and the configuration file give it: `{ tokens: 100000, per: 'minute', model: 'gpt-4*' }`, `{ concurrent: 8 }`. */
export interface RateSetting {
  readonly requests?: number
  readonly tokens?: number
  /** Calls at once; has no `per`. */
  readonly concurrent?: number
  /** @default 'minute' for requests */
  readonly per?: RatePeriod
  /** Only calls of this named token; `*`: every token for itself. */
  readonly token?: string
  /** Only calls of the models that fit, together. */
  readonly model?: string
}

/** Every setting, checked and with its default. */
export interface Config extends SpanConfig {
  readonly openaiApiKey: string | undefined
  readonly anthropicApiKey: string | undefined
  /** `http` or `https`, without credentials, query or fragment. */
  readonly openaiApiBaseUrl: string
  readonly anthropicApiBaseUrl: string
  readonly openaiOrgId: string | undefined
  readonly logLevel: LogLevel
  /** Its path as it was given; `false`: no log. */
  readonly logFile: string | false
  readonly logRequests: boolean
  readonly logResponses: boolean
  readonly logTokens: boolean
  /** Never empty; `undefined`: every model. */
  readonly allowedModels: readonly string[] | undefined
  /** Output tokens. */
  readonly maxTokens: number | undefined
  /** Never empty. */
  readonly forbiddenInstructions: readonly ForbiddenInstruction[] | undefined
  /** Never empty. */
  readonly forbiddenOutputs: readonly string[] | undefined
  /** Never empty. */
  readonly rateLimit: readonly RateLimit[] | undefined
  /** `undefined`: refused where any rule is set. */
  readonly unknownEndpoints: 'allow' | 'block' | undefined
  readonly rules: readonly OwnRule[] | undefined
  /** Milliseconds. */
  readonly ruleTimeoutMs: number
  /** Never empty; hashes only. `undefined`: nobody needs a token. */
  readonly proxyTokens: readonly ProxyToken[] | undefined
  readonly maskNetwork: boolean
  readonly browserProfile: boolean
  /** Never empty; `undefined`: the built-in ones. */
  readonly browserProfiles: readonly BrowserProfileSetting[] | undefined
  readonly streamUsage: boolean
  /** Never empty. */
  readonly budget: readonly Budget[] | undefined
  /** `UTC` or an IANA name. */
  readonly budgetZone: string
  /** `undefined`: refused where there is a budget. */
  readonly unpricedModels: 'allow' | 'block' | undefined
  readonly prices: readonly OwnPrice[] | undefined
  /** `memory`, `redis://…`, or a file's path. */
  readonly ledger: string
  readonly ledgerFailure: FailurePolicy
  /** Seconds. */
  readonly upstreamTimeout: number
  readonly maxBodyBytes: number
  /** Seconds. */
  readonly drainTimeout: number
  /** 0: any free one. */
  readonly port: number
  /** Processes that answer on the port. */
  readonly workers: number
  readonly host: string
  readonly mode: Mode
  /** Where calls may go: in a CI run in which nobody has asked for the network, only to this machine. */
  readonly network: 'anywhere' | 'loopback'
  /** A name, a file or a folder; `undefined`: the default place. */
  readonly cassette: string | undefined
  /** Besides the rules of each cassette. */
  readonly match: MatchSettings | undefined
  readonly speed: Speed
  /** What a user takes out of logs and cassettes besides what is built in. */
  readonly redact: RedactionPolicy
  /** Never empty. */
  readonly faults: readonly FaultSpec[] | undefined
  /** `undefined`: another one in each run. */
  readonly faultSeed: number | undefined
  readonly debug: boolean
}

/**
 * Where each setting comes from, as messages name it: `PORT in .env`, `--port`, `openai-proxy.config.yaml: port`.
 * A setting that has its default is not in it.
 */
export type Origins = Readonly<Partial<Record<keyof Config, string>>>

/** Variables by name. */
export type Variables = Readonly<Record<string, string | undefined>>
