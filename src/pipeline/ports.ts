/** What the pipeline needs of the world. Each port has one implementation in the rooms above, and others in tests. */
import type { HttpRequest, HttpResponse } from '../http/message.ts'
import type { ProviderName, ProxyError } from '../providers/provider.ts'
import type { Tape } from '../cassettes/interaction.ts'
import type { Exchange, Source } from './exchange.ts'

/** Sends a request to the real API. */
export interface Upstream {
  /**
   * @param request `url` is the provider's path (`/v1/chat/completions?…`); headers are the client's own, identity not yet masked
   * @returns the answer as soon as its headers are in; its body is an async iterable that honours backpressure
   * @throws {@link UpstreamError}, also from the body's iterator
   */
  send(provider: ProviderName, request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>
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

/** Receives finished exchanges: the log, the recorder, `proxy.exchanges`. Called once for each, after the client has its answer. */
export interface Sink {
  readonly name: string
  settle(exchange: Exchange): void | Promise<void>
  /** Waits for what is under way. */
  close?(): Promise<void>
}

/** Sees an exchange while it happens: the debug console. Every call gets the same `id`. */
export interface Watcher {
  opened(event: { readonly id: string; readonly request: HttpRequest; readonly provider: ProviderName; readonly path: string }): void
  answered(event: { readonly id: string; readonly source: Source; readonly response: Pick<HttpResponse, 'status' | 'headers'> }): void
  chunk(event: { readonly id: string; readonly bytes: Uint8Array }): void
  ended(event: { readonly id: string; readonly error: ProxyError | undefined }): void
}

/** Opens the cassette of a session. The same session gives the same tape. */
export interface Tapes {
  open(session: string): Promise<Tape>
}

/** Time, ids and waiting, so that a test can say what they are. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds that never go back. */
  elapsed(): number
  /** Waits; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
}
