/** The contract of a session: one test's, or one run's, own cassette on a shared proxy, reached by a base URL of its own. */
import type { InteractionUse } from '../cassettes/interaction.ts'
import type { ProxySettings } from '../config/options.ts'
import type { FaultMatch } from '../faults/fault.ts'
import type { ActiveFault } from '../faults/faults.ts'
import type { Fault, FaultSpec } from '../faults/read-faults.ts'
import type { LogEntry } from '../log/log-entry.ts'
import type { SessionRules } from '../pipeline/policy.ts'
import type { Mode } from '../pipeline/source.ts'

/** The test that a session is for. */
export interface SessionTest {
  /** Where it stands, from the folder that the proxy runs in, or absolute. */
  readonly file: string
  /** From 1. */
  readonly line?: number | undefined
  readonly name: string
}

/** What a session is opened with. */
export interface SessionOptions {
  /** A cassette in the proxy's folder: `weather`, or with folders of its own, `agents/weather`. */
  readonly cassette: string
  /**
   * What reports call the session: a test's name.
   * @default the name of the test, else the cassette
   */
  readonly title?: string | undefined
  /** The test that it is for: reports and annotations point at it. */
  readonly test?: SessionTest | undefined
  /**
   * `record` records the cassette anew, and replaces it when the session is closed. `once` replays a cassette that exists and
   * records one that does not. With `CI` set, every mode replays.
   * @default the proxy's own mode; `once` where that is `live`
   */
  readonly mode?: Mode | undefined
  /**
   * What goes wrong on purpose in this session, as `faults` of the proxy: text, or a list of texts and objects.
   * @default nothing
   */
  readonly faults?: ProxySettings['faults']
  /** Models that this session may name, of those that the proxy allows. */
  readonly allowedModels?: readonly string[] | undefined
  /** Most output tokens; the smaller of this and the proxy's own limit holds. */
  readonly maxTokens?: number | undefined
  /** What no request of this session may say, besides what the proxy forbids. */
  readonly forbiddenInstructions?: ProxySettings['forbiddenInstructions']
  /** What no answer of this session may say, besides what the proxy forbids. */
  readonly forbiddenOutputs?: readonly string[] | undefined
}

/** The same, checked. */
export interface CheckedOptions extends Pick<SessionOptions, 'cassette' | 'title' | 'test' | 'mode'> {
  readonly faults: readonly FaultSpec[]
  readonly rules: SessionRules
}

/**
 * How what was tested ended. `passed`: what was recorded becomes the cassette. `failed`: it is not kept as the cassette, but
 * stands beside it as `NAME.failed.yaml`, for a look.
 */
export type SessionOutcome = 'passed' | 'failed'

/** How many exchanges went which way. */
export interface SessionCounts {
  /** Answered from the cassette. */
  readonly replayed: number
  /** Answered by the upstream and recorded. */
  readonly recorded: number
  /** Answered by the upstream and not recorded. */
  readonly live: number
  /** Refused by a rule. */
  readonly blocked: number
  /** No recording fitted. */
  readonly missed: number
  /** Broken, aborted, struck by a fault and so neither replayed nor recorded, or refused for another reason. */
  readonly failed: number
}

/** What happened in a session so far. */
export interface SessionReport {
  readonly id: string
  readonly title: string
  /** The test that it is for, where whoever opened it has said so. */
  readonly test?: SessionTest
  /** The cassette's file. */
  readonly cassette: string
  /** What the mode came to: `once` is `record` or `replay`. */
  readonly mode: Mode
  readonly counts: SessionCounts
  /** Recordings that answered nothing. */
  readonly unused: readonly InteractionUse[]
  readonly cost: {
    /** What the calls to the upstream have cost, in USD. */
    readonly usd: number
    /** What the recorded answers would have cost, in USD. */
    readonly savedUsd: number
    /** `false`: a part of it has no known price. */
    readonly complete: boolean
  }
  /** The session's own faults, and how often each struck. Absent: there are none. */
  readonly faults?: readonly Pick<ActiveFault, 'text' | 'seed' | 'fitted' | 'struck'>[]
  /** Where the recordings of a failed session were left, once it is closed. */
  readonly failedCassette?: string
  /** Redacted, oldest first. */
  readonly exchanges: readonly LogEntry[]
}

/** A session as a list of sessions shows it. */
export interface SessionSummary extends Omit<SessionReport, 'exchanges'> {
  /** `undefined` while it is open. */
  readonly outcome: SessionOutcome | undefined
}

/** A session of a proxy in this process. */
export interface Session extends AsyncDisposable {
  readonly id: string
  /** e.g. `http://127.0.0.1:8000/~/s-3f2a…` */
  readonly url: string
  /** For OpenAI clients, with `/v1`. */
  readonly openaiBaseURL: string
  /** For Anthropic clients, without `/v1`. */
  readonly anthropicBaseURL: string
  /** Variables that point a child process at the session. */
  readonly env: Readonly<Record<string, string>>
  /** Makes something go wrong on purpose in this session alone, as `proxy.fault()` does in all. Throws a `ConfigError` on a wrong one. */
  fault(match: FaultMatch, fault: Fault): ActiveFault
  /** The faults in force in this session alone. */
  readonly faults: readonly ActiveFault[]
  /** What happened so far. Waits until what has ended is recorded. */
  report(): Promise<SessionReport>
  /** What happened so far, without waiting: every exchange whose client has the end of its answer is in it. */
  peek(): SessionReport
  /**
   * Ends it: what was recorded is put in its place, and later requests to its address are refused. Closing again gives the same report.
   * @param outcome default `passed`
   */
  close(outcome?: SessionOutcome): Promise<SessionReport>
}
