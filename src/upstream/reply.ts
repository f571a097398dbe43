/** One answer of the upstream while it comes: headers, then a body that holds the socket back when nobody reads. */
import type { CancelSignal } from '../http/cancel.ts'
import type { Dispatcher } from 'undici'
import { endToEnd, getHeader, pairHeaders } from '../http/headers.ts'
import type { HeaderList, HttpResponse, Inform } from '../http/message.ts'
import type { Waiting } from '../pipeline/ports.ts'
import { toUpstreamError, type Stage } from './failure.ts'

/** Most bytes that wait for a reader; the socket is paused at this point. */
const HIGH_WATER = 128 * 1024

/** What the reader of the body waits with. */
interface Waiter {
  resolve(result: IteratorResult<Uint8Array, undefined>): void
  reject(error: unknown): void
}

/** Receives what undici reads off the socket. A class, since undici wants an object, and one of them lives for each request. */
export class Reply implements Dispatcher.DispatchHandler, AsyncIterableIterator<Uint8Array, undefined> {
  /** The answer as soon as its headers are in. */
  readonly response: Promise<HttpResponse>
  readonly #host: string
  readonly #signal: CancelSignal
  readonly #inform: Inform | undefined
  #settle!: { resolve(response: HttpResponse): void; reject(error: unknown): void }
  #controller: Dispatcher.DispatchController | undefined
  #stage: Stage = 'connecting'
  #chunks: Uint8Array[] = []
  #waiting = 0
  #waiter: Waiter | undefined
  #ended = false
  #failure: { readonly error: unknown } | undefined
  #trailers: HeaderList = []
  /** Whether the body ends where the connection does: neither length nor chunks say it. */
  #endsWithConnection = false

  /** @param host as errors name it */
  constructor(host: string, { signal, inform }: Waiting) {
    this.#host = host
    this.#signal = signal
    this.#inform = inform
    this.response = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#failure) controller.abort(new Error('aborted'))
    else this.#stage = 'waiting'
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    const raw = pairHeaders(toTexts(controller.rawHeaders))
    if (status < 200) {
      if (!this.#failure) this.#inform?.({ status, headers: endToEnd(raw) })
      return
    }
    this.#stage = 'answering'
    this.#endsWithConnection = !getHeader(raw, 'content-length') && !getHeader(raw, 'transfer-encoding')
    this.#settle.resolve({ status, headers: endToEnd(raw), body: this, trailers: () => this.#trailers })
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#failure) return
    const waiter = this.#waiter
    if (waiter) {
      this.#waiter = undefined
      waiter.resolve({ done: false, value: chunk })
      return
    }
    this.#chunks.push(chunk)
    this.#waiting += chunk.byteLength
    if (this.#waiting >= HIGH_WATER) controller.pause()
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    this.#trailers = endToEnd(pairHeaders(toTexts(controller.rawTrailers)))
    this.#end()
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    // An upstream that answered before it had read the whole upload closes, and the upload breaks; the answer was whole.
    if (this.#endsWithConnection && ['EPIPE', 'ECONNRESET'].includes((error as NodeJS.ErrnoException).code ?? '')) this.#end()
    else this.#fail(toUpstreamError(error, this.#stage, this.#host))
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#chunks.length > 0) return Promise.resolve({ done: false, value: this.#takeAll() })
    if (this.#failure) return Promise.reject(this.#failure.error)
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
    })
  }

  /** What came while the reader was busy: many small chunks are as much work as many large ones. */
  #takeAll(): Uint8Array {
    const chunks = this.#chunks
    this.#chunks = []
    this.#waiting = 0
    if (this.#controller?.paused) this.#controller.resume()
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  }

  /** The reader leaves: what is still to come is not wanted. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (!this.#ended) {
      this.#chunks = []
      this.#end()
      this.#controller?.abort(new Error('aborted'))
    }
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  readonly #onAbort = (): void => {
    this.#chunks = []
    this.#fail(this.#signal.reason)
    this.#controller?.abort(new Error('aborted'))
  }

  #end(): void {
    if (this.#ended || this.#failure) return
    this.#ended = true
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#waiter?.resolve({ done: true, value: undefined })
    this.#waiter = undefined
  }

  #fail(error: unknown): void {
    if (this.#ended || this.#failure) return
    this.#failure = { error }
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#settle.reject(error)
    this.#waiter?.reject(error)
    this.#waiter = undefined
  }
}

/** Header bytes are Latin-1 on the wire, and go out again as such. */
function toTexts(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  if (!Array.isArray(raw)) return []
  return raw.map((part: string | Buffer) => (typeof part === 'string' ? part : part.toString('latin1')))
}
