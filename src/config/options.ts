/** The settings as `startProxy()` takes them: their types, units and defaults. */
import type { MatchFunction, MatchSettings } from '../cassettes/matching/rules.ts'
import type { FaultSetting } from '../faults/read-faults.ts'
import type { ForbiddenInstruction } from '../firewall/forbidden-instructions.ts'
import type { OwnRule } from '../firewall/own-rule.ts'
import type { FailurePolicy } from '../metering/failover-ledger.ts'
import type { OwnPrice } from '../metering/prices.ts'
import type { Mode } from '../pipeline/source.ts'
import type { BrowserProfileSetting, BudgetSetting, LogLevel, RateSetting } from './config.ts'
import type { SpanSettings } from './otlp.ts'
import type { RedactSetting } from './redact.ts'

/** A caller's token, in clear or as its SHA-256 in hex, and what holds for this caller besides what holds for all. */
export type ProxyTokenSetting = ({ readonly token: string } | { readonly sha256: string }) & {
  /** `*` stands for any run of characters. */
  readonly allowedModels?: readonly string[]
  /** Most output tokens of a request; where there is one for all too, the smaller holds. */
  readonly maxTokens?: number
  /** Rates of this token's calls, in the form of the setting for all. */
  readonly rateLimit?: number | string | readonly Omit<RateSetting, 'token'>[]
}

/** The settings as `startProxy()` takes them; what is left out has its default. */
export interface ProxySettings extends SpanSettings {
  /**
   * What answers: the real API (`live`; `record` keeps what it says), the cassette (`replay`), or the cassette and where it
   * has nothing the real API (`auto`). `once` replays a cassette that exists and records one that does not. With `CI` set,
   * `auto` and `once` only replay, and `live` that nobody asked for calls this machine alone.
   * @default `OPENAI_PROXY_MODE`, else 'once' where a cassette is named, else 'live'
   */
  readonly mode?: Mode | undefined
  /**
   * A name (`weather`: recordings/weather.yaml), a file or a folder, whose cassettes are played as one.
   * @default recordings/default.yaml
   */
  readonly cassette?: string | undefined
  /**
   * What does not count when a request is compared with recordings, for every cassette: `{ ignore: ['metadata.run_id'] }`. A
   * function decides in place of comparing.
   * @default everything counts
   */
  readonly match?: MatchSettings | MatchFunction | undefined
  /**
   * How fast recorded streams play: `instant`, `recorded`, a factor such as `2x`, or a pace such as `50 tokens/s`.
   * @default 'instant'
   */
  readonly speed?: string | undefined
  /**
   * 0 is any free one.
   * @default 0
   */
  readonly port?: number | undefined
  /** @default '127.0.0.1' */
  readonly host?: string | undefined
  /**
   * Used where the client sends none.
   * @default `OPENAI_API_KEY`
   */
  readonly openaiApiKey?: string | undefined
  /**
   * Used where the client sends none.
   * @default `ANTHROPIC_API_KEY`
   */
  readonly anthropicApiKey?: string | undefined
  /** @default 'https://api.openai.com/v1' */
  readonly openaiApiBaseUrl?: string | undefined
  /** @default 'https://api.anthropic.com' */
  readonly anthropicApiBaseUrl?: string | undefined
  /**
   * Used where the client names no organisation.
   * @default none
   */
  readonly openaiOrgId?: string | undefined
  /**
   * `*` stands for any run of characters: `['gpt-4*']`.
   * @default every model
   */
  readonly allowedModels?: readonly string[] | undefined
  /**
   * Texts that no answer may hold: `['*internal only*']`. A stream ends with the provider's in-stream error where one is complete;
   * other answers are read whole before they are passed on.
   * @default none
   */
  readonly forbiddenOutputs?: readonly string[] | undefined
  /**
   * Most output tokens of a request, under every name of the limit.
   * @default no limit
   */
  readonly maxTokens?: number | undefined
  /**
   * Each as `role:pattern`, or apart. A pattern must fit the whole text: `system:*jailbreak*`.
   * @default none
   */
  readonly forbiddenInstructions?:
    | readonly (string | { readonly role?: ForbiddenInstruction['role']; readonly pattern: string })[]
    | undefined
  /**
   * Most that goes to the real APIs: requests a minute (`60`), `'60/minute,100000 tokens/minute,8 concurrent'`, or a list of rates for
   * tokens and models.
   * @default no limit
   */
  readonly rateLimit?: number | string | readonly RateSetting[] | undefined
  /**
   * Endpoints and methods that no API is known to have.
   * @default 'block' where any rule is set, else 'allow'
   */
  readonly unknownEndpoints?: 'allow' | 'block' | undefined
  /**
   * Rules of your own, after the built-in content rules: `[defineRule({ name, judge })]`.
   * @default none
   */
  readonly rules?: readonly OwnRule[] | undefined
  /**
   * Milliseconds that a rule of your own may take before it refuses.
   * @default 5000
   */
  readonly ruleTimeoutMs?: number | undefined
  /**
   * Tokens that callers must show, by name: as text, or with limits for that caller. Needed to listen beyond loopback.
   * @default nobody needs one
   */
  readonly proxyTokens?: string | Readonly<Record<string, string | ProxyTokenSetting>> | undefined
  /**
   * Keeps the local network's headers from the real APIs.
   * @default true
   */
  readonly maskNetwork?: boolean | undefined
  /**
   * Sends a browser's headers in place of the client's own.
   * @default true
   */
  readonly browserProfile?: boolean | undefined
  /** @default the built-in ones */
  readonly browserProfiles?: readonly BrowserProfileSetting[] | undefined
  /**
   * Asks OpenAI's streams for their usage where the client does not; the client sees what it would have seen.
   * @default true
   */
  readonly streamUsage?: boolean | undefined
  /**
   * Most that may be spent: `'5/day,100/month'` in USD, `'200000 tokens/day'`, or a list of budgets for tokens and models.
   * @default none
   */
  readonly budget?: string | readonly BudgetSetting[] | undefined
  /**
   * Whose midnight ends a day: an IANA name.
   * @default 'UTC'
   */
  readonly budgetZone?: string | undefined
  /** @default 'block' where there is a budget, else 'allow' */
  readonly unpricedModels?: 'allow' | 'block' | undefined
  /** Prices of your own, in USD for a million tokens; the first that fits a model holds. */
  readonly prices?: readonly OwnPrice[] | undefined
  /**
   * Where counts are kept: `memory`, a file, or `redis://host:port`.
   * @default 'memory'
   */
  readonly ledger?: string | undefined
  /**
   * While Redis is away: `closed` refuses, `open` counts in this process.
   * @default 'closed'
   */
  readonly ledgerFailure?: FailurePolicy | undefined
  /**
   * Seconds that a real API may stay silent.
   * @default 600
   */
  readonly upstreamTimeout?: number | undefined
  /**
   * Most bytes of a request body, decoded.
   * @default 104857600
   */
  readonly maxBodyBytes?: number | undefined
  /**
   * Seconds that running exchanges may go on when the proxy closes.
   * @default 1
   */
  readonly drainTimeout?: number | undefined
  /**
   * One JSON line for each exchange; `false` for no log.
   * @default 'logs/api-firewall.log'
   */
  readonly logFile?: string | false | undefined
  /**
   * `INFO` logs every exchange, `WARNING` what was refused or failed, `ERROR` what broke; `DEBUG` is `debug: true`.
   * @default 'INFO'
   */
  readonly logLevel?: LogLevel | undefined
  /**
   * Whether the log holds the requests' headers and bodies.
   * @default true
   */
  readonly logRequests?: boolean | undefined
  /**
   * Whether the log holds the answers' headers and bodies.
   * @default true
   */
  readonly logResponses?: boolean | undefined
  /**
   * Whether the log holds prompt and completion texts, or their lengths only.
   * @default false
   */
  readonly logTokens?: boolean | undefined
  /**
   * What to take out of logs and cassettes besides what is built in: `{ fields: ['metadata.user_id'], personal: ['email'] }`.
   * @default nothing
   */
  readonly redact?: RedactSetting | undefined
  /**
   * What is to go wrong on purpose: texts such as `'model=gpt-4o,nth=2: status=429'`, or objects such as
   * `{ model: 'gpt-4o', nth: 2, status: 429 }`.
   * @default none
   */
  readonly faults?: string | readonly (string | FaultSetting)[] | undefined
  /**
   * Decides what faults leave to chance: the same number makes the same run.
   * @default another one each time
   */
  readonly faultSeed?: number | undefined
  /**
   * Shows each exchange on the console, redacted, as it happens.
   * @default false
   */
  readonly debug?: boolean | undefined
}
