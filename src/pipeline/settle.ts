/** Settles exchanges: watches an answer to its end, then hands the finished exchange to every sink, exactly once. */
import type { CancelSignal } from '../http/cancel.ts'
import { getHeader } from '../http/headers.ts'
import { EMPTY, withOwnHeaders, type HeaderList, type HttpResponse } from '../http/message.ts'
import type { Cost } from '../metering/cost.ts'
import type { ProxyError } from '../providers/provider.ts'
import { createCapture } from './capture.ts'
import { createDeferred } from './deferred.ts'
import { faultBroke, proxyClosing, upstreamFailed } from './errors.ts'
import type { Exchange, Outcome, Source } from './exchange.ts'
import { finish, settleSpending, type Ending } from './finish.ts'
import { observeBody } from './observe.ts'
import { FaultBreak } from '../faults/fault.ts'
import { AnswerRefused } from './judge-answer.ts'
import type { OpenExchange } from './open-exchange.ts'
import type { Clock, Sink, Watcher } from './ports.ts'
import { reasonNotToRecord, record } from './recorder.ts'
import { ProxyClosing } from './running.ts'

export interface Settlement {
  /** Passes the answer on and settles the exchange when it ends. `lastWords` gives what a broken stream ends with. */
  observe(
    exchange: OpenExchange,
    source: Source,
    response: HttpResponse,
    signal: CancelSignal,
    lastWords: (error: ProxyError) => Uint8Array | undefined
  ): HttpResponse
  settle(exchange: OpenExchange, ending: Ending): void
  idle(): Promise<void>
}

/** What settling needs. */
export interface SettlementParts {
  readonly sinks: readonly Sink[]
  readonly watchers: readonly Watcher[]
  readonly clock: Clock
  readonly report: (message: string) => void
  /** Told once for each exchange, when it is finished. */
  readonly ended: (id: string) => void
}

export function createSettlement({ sinks, watchers, clock, report, ended }: SettlementParts): Settlement {
  const pending = new Set<Promise<void>>()
  const immediate = sinks.filter((sink) => sink.immediate)
  const deferred = sinks.filter((sink) => !sink.immediate)
  const deferRecording = createDeferred(clock)
  const deferStream = createDeferred(clock)

  function settle(exchange: OpenExchange, ending: Ending): void {
    const finished = finish(exchange, ending, clock.elapsed())
    for (const sink of immediate) void deliver(sink, finished)
    for (const watcher of watchers) watcher.ended({ id: exchange.id, error: ending.error, fault: finished.fault })
    ended(exchange.id)
    // At once: what it gives back must be there when its client, who has the answer, comes again.
    const paid = pay(exchange, finished)
    const work = keep(exchange, finished).then(async () => {
      await paid
      pending.delete(work)
    })
    pending.add(work)
  }

  /** What delays nobody. */
  async function keep(exchange: OpenExchange, finished: Exchange): Promise<void> {
    const recorded = exchange.recording && new Promise<void>(deferRecording).then(() => recordIt(exchange, finished))
    // Streams that end together begin together, mostly: their next ones are not to wait for what the log says of all of these.
    await new Promise<void>(exchange.call?.stream ? deferStream : clock.behind)
    for (const delivered of deferred.map((sink) => deliver(sink, finished))) await delivered
    await recorded
    finished.parsed = undefined
  }

  /** A sink that fails is reported, and hurts neither the client nor the other sinks. */
  async function deliver(sink: Sink, exchange: Exchange): Promise<void> {
    try {
      await sink.settle(exchange)
    } catch (error) {
      report(`The ${sink.name} failed on exchange ${exchange.id}: ${messageOf(error)}`)
    }
  }

  /** A settlement that fails leaves the reservation in full: more counted than spent, never less. */
  async function pay(open: OpenExchange, exchange: Exchange): Promise<void> {
    try {
      await settleSpending(open, exchange)
    } catch (error) {
      report(`What exchange ${exchange.id} has cost could not be settled: ${messageOf(error)}`)
    }
  }

  async function recordIt({ recording, read }: OpenExchange, exchange: Exchange): Promise<void> {
    if (!recording) return
    const reason = reasonNotToRecord(exchange)
    if (reason !== undefined) {
      if (exchange.outcome !== 'refused')
        report(`Not recorded in ${recording.tape.name}: ${exchange.call?.endpoint ?? exchange.path}, since ${reason}.`)
      return
    }
    try {
      await record(exchange, read?.body ?? EMPTY, recording)
    } catch (error) {
      report(messageOf(error))
    }
  }

  return {
    observe(exchange, source, response, signal, lastWords) {
      const capture = createCapture(response.headers, exchange.recording !== undefined)
      let firstByteMs: number | undefined
      const note = (bytes: Uint8Array): void => {
        const at = clock.elapsed() - exchange.startedAt
        firstByteMs ??= at
        capture.add(bytes, at)
        for (const watcher of watchers) watcher.chunk({ id: exchange.id, bytes })
      }
      const end = (outcome: Outcome, error?: ProxyError): void =>
        settle(exchange, { source, outcome, error, response, capture, firstByteMs })
      const { body } = response
      if (body instanceof Uint8Array) {
        if (body.byteLength > 0) note(body)
        end('complete')
        return exchange.cost ? withOwnHeaders(response, [...response.headers, ...costHeaders(exchange.cost)]) : response
      }
      const length = getHeader(response.headers, 'content-length')
      const observer = {
        chunk: note,
        ended: end,
        broke(thrown: unknown) {
          const { outcome, error } = breakOf(thrown)
          end(outcome, error)
          return thrown instanceof FaultBreak ? thrown.lastWords : lastWords(error)
        }
      }
      const trailers = (): HeaderList => [...(response.trailers?.() ?? []), ...costHeaders(exchange.cost)]
      const observed = observeBody(body, observer, length === undefined ? undefined : Number(length), signal)
      return { status: response.status, headers: response.headers, body: observed, trailers }
    },
    settle,
    async idle() {
      while (pending.size > 0) await Promise.all(pending)
    }
  }
}

/** Why an answer ended early. */
function breakOf(thrown: unknown): { readonly outcome: Outcome; readonly error: ProxyError } {
  if (thrown instanceof AnswerRefused) return { outcome: 'refused', error: thrown.error }
  if (thrown instanceof FaultBreak) return { outcome: 'broken', error: faultBroke(thrown) }
  if (thrown instanceof ProxyClosing) return { outcome: 'closed', error: proxyClosing() }
  return { outcome: 'broken', error: upstreamFailed(thrown) }
}

/** What an answer has cost, in USD: a header where it is known before the answer goes out, a trailer behind a stream. */
function costHeaders(cost: Cost | undefined): HeaderList {
  return cost ? [['x-openai-proxy-cost', (cost.microUsd / 1_000_000).toFixed(6)]] : []
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
