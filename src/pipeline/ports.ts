/** What the pipeline needs of the world. Each port has one implementation in the rooms above, and others in tests. */
import type { CancelSignal } from '../http/cancel.ts'
import type { HttpRequest, HttpResponse, Inform } from '../http/message.ts'
import type { ApiName, ProviderName, ProxyError } from '../providers/provider.ts'
import type { RecordedRequest, Tape } from '../cassettes/interaction.ts'
import type { Faults } from '../faults/faults.ts'
import type { Redaction } from '../redaction/redactor.ts'
import type { Mode, ModeRules } from './source.ts'
import type { Exchange, Source } from './exchange.ts'
import type { Policy } from './policy.ts'

/** Who waits for an answer. */
export interface Waiting {
  /** Aborted when nobody does any more. */
  readonly signal: CancelSignal
  /** Is told what comes before the answer. */
  readonly inform?: Inform | undefined
}

/** Sends a request to the real API. */
export interface Upstream {
  /**
   * @param request `url` is the provider's path (`/v1/chat/completions?…`); headers are the client's own, identity not yet masked
   * @returns the answer as soon as its headers are in; its body is an async iterable that honours backpressure
   * @throws {@link UpstreamError}, also from the body's iterator
   */
  send(provider: ApiName, request: HttpRequest, waiting: Waiting): Promise<HttpResponse>
  close(): Promise<void>
}

/** Why the upstream gave no (whole) answer. Carries no address and no key. */
export class UpstreamError extends Error {
  readonly code: 'upstream_refused' | 'upstream_timeout' | 'upstream_broken' | 'upstream_forbidden'

  constructor(code: UpstreamError['code'], message: string) {
    super(message)
    this.name = 'UpstreamError'
    this.code = code
  }
}

/** Receives finished exchanges: the log, the recorder, `proxy.exchanges`. Called once for each. */
export interface Sink {
  readonly name: string
  /**
   * Called before the client has the end of its answer, so it must cost next to nothing. Without it: later, when it delays nobody.
   * @default false
   */
  readonly immediate?: boolean
  settle(exchange: Exchange): void | Promise<void>
  /** Waits for what is under way. */
  close?(): Promise<void>
}

/** Sees an exchange while it happens: the debug console. Every call gets the same `id`. */
export interface Watcher {
  opened(event: {
    readonly id: string
    readonly request: HttpRequest
    readonly provider: ProviderName
    readonly path: string
  }): void
  answered(event: {
    readonly id: string
    readonly source: Source
    readonly response: Pick<HttpResponse, 'status' | 'headers'>
  }): void
  chunk(event: { readonly id: string; readonly bytes: Uint8Array }): void
  /** `fault`: what struck it on purpose, for people. */
  ended(event: { readonly id: string; readonly error: ProxyError | undefined; readonly fault?: string | undefined }): void
}

/** A tape, with the redaction that gives its placeholders: what is compared and what is written are redacted alike. */
export interface LoadedTape {
  readonly tape: Tape
  readonly redaction: Redaction
}

/** A tape that may answer, with what goes wrong on purpose when it does. */
export interface PlayedTape extends LoadedTape {
  /** What its mode came to. */
  readonly allowed: ModeRules
  /** Where new recordings go: the tape itself, or one of those that it is made of. */
  readonly recording: LoadedTape
  /** The faults that hold for a request; whoever needs the request works it out. */
  faultsFor(request: () => RecordedRequest): Promise<readonly Faults[]>
}

/** The cassettes of sessions: names that stand in base URLs. The same session gives the same tape. */
export interface Tapes {
  /** What is done with the exchanges of a session. Throws `Refused` where it may not be used any more. */
  modeOf(session: string): Mode
  /** Throws `CassetteError`. */
  open(session: string): Promise<PlayedTape>
}

/** What sessions add to what holds for all. */
export interface SessionParts {
  /** The policy for a session: that of all, narrowed by the session's own rules. */
  policyOf(session: string, policy: Policy): Policy
  /** The session's own faults. */
  faultsOf(session: string): readonly Faults[]
}

/** Time, ids and waiting, so that a test can say what they are. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds that never go back. */
  elapsed(): number
  /** Runs a task so many milliseconds later, unless what is given back is called before. */
  after(ms: number, task: () => void): () => void
  /** Waits; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal: CancelSignal): Promise<void>
  /** Runs a task in a turn of its own, when what is at hand has been done. */
  later(task: () => void): void
  /** Runs a task as soon as the answers of this turn are written. */
  behind(task: () => void): void
}
