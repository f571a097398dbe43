/** The way of an exchange: open, name, judge, choose, observe, settle. Knows no socket: every door calls this. */
import type { Canceller, CancelSignal } from '../http/cancel.ts'
import { getHeader, withHeaders } from '../http/headers.ts'
import {
  EMPTY,
  toBytes,
  withOwnHeaders,
  type HeaderPair,
  type HttpRequest,
  type HttpResponse,
  type Inform
} from '../http/message.ts'
import { FaultBreak } from '../faults/fault.ts'
import { identifyCaller } from '../firewall/caller.ts'
import { rateHeaders } from '../firewall/rate-limit.ts'
import type { Policy } from './policy.ts'
import type { Spending } from '../firewall/spending.ts'
import { providers } from '../providers/index.ts'
import type { ProxyError } from '../providers/provider.ts'
import { routeRequest } from '../providers/route.ts'
import { unknownPath } from './errors.ts'
import type { ExchangeVerdict, Outcome, Source } from './exchange.ts'
import { openExchange, type OpenExchange } from './open-exchange.ts'
import type { SessionParts, Sink, Watcher } from './ports.ts'
import { UpstreamError } from './ports.ts'
import { createFaulting, type FaultingParts } from './faulting.ts'
import { Refused, toProxyError } from './refused.ts'
import { createRunning, hasLeft, ProxyClosing } from './running.ts'
import { readCredentials, readRequest } from './read-request.ts'
import { isPlainStream } from './send.ts'
import { createSettlement } from './settle.ts'
import { readWhole } from './whole-answer.ts'
import { createChooser, type Answer, type ChooserParts } from './choose.ts'
import { createJudging, type JudgingParts } from './judge.ts'
import { judgeAnswer } from './judge-answer.ts'

/** What a pipeline is made of. */
export interface PipelineParts extends JudgingParts, FaultingParts, Omit<ChooserParts, 'judging' | 'idle'> {
  /** What is in force now; asked once for each exchange. */
  readonly policy: () => Policy
  /** Absent: there are none. */
  readonly sessions?: Pick<SessionParts, 'policyOf'>
  /** Prices and budgets; a promise, since the list of prices takes a moment to load. */
  readonly spending: Promise<Spending>
  readonly sinks: readonly Sink[]
  readonly watchers: readonly Watcher[]
  /** A fresh id for each exchange, e.g. `ex_…`. */
  readonly newId: () => string
  /** Makes a credential a secret in everything that is kept. */
  readonly learnSecret: (value: string) => void
  /** Most bytes that a decoded request body may have. */
  readonly maxBodyBytes: number
}

export interface Pipeline {
  /**
   * Answers a request. Every failure is an answer in the provider's shape; it rejects only with `FaultBreak`, where a fault breaks
   * the connection in the place of an answer.
   * @param client aborted by the door when the client leaves; the pipeline aborts it itself when the proxy closes
   * @param inform passes interim answers (103 Early Hints …) on to the client; left out by doors that have no way to
   */
  handle(request: HttpRequest, client: Canceller, inform?: Inform): Promise<HttpResponse>
  /** Answers and logs a request that a door refuses before it is read (too large, a foreign origin …). */
  refuse(error: ProxyError, request: Omit<HttpRequest, 'body'>): HttpResponse
  /** Whether any exchange is under way. */
  isBusy(): boolean
  /** Ends what is under way, and what is still to come, with the provider's error: the proxy closes. */
  stop(): void
  /** Waits until every finished exchange has reached its sinks. */
  idle(): Promise<void>
}

export function createPipeline(parts: PipelineParts): Pipeline {
  const running = createRunning()
  const settlement = createSettlement({ ...parts, ended: running.end })
  const judging = createJudging(parts)
  const choose = createChooser({ ...parts, judging, idle: settlement.idle })
  const bringFaults = createFaulting(parts)

  async function handle(request: HttpRequest, client: Canceller, inform?: Inform): Promise<HttpResponse> {
    const exchange = openExchange(request, parts, inform)
    const { signal } = client
    running.begin(exchange.id, client)
    try {
      try {
        name(exchange)
      } finally {
        // Whoever watches sees a request that cannot be read, too.
        for (const watcher of parts.watchers) watcher.opened(exchange)
      }
      signal.throwIfAborted()
      exchange.spending = await parts.spending
      await judging.judge(exchange, signal)
      const ask = async (): Promise<Answer> => priceable(exchange, await judgeOutput(exchange, await choose(exchange, signal)))
      return observe(exchange, await bringFaults(exchange, signal, ask), signal)
    } catch (error) {
      return fail(exchange, error, signal)
    }
  }

  /** Provider, endpoint and model call. What cannot be read cannot be judged, and is not sent. */
  function name(exchange: OpenExchange): void {
    const { request } = exchange
    const route = routeRequest(request.url, request.headers)
    if (route) exchange.route(route)
    exchange.policy = parts.sessions?.policyOf(exchange.session, exchange.policy) ?? exchange.policy
    identify(exchange)
    for (const secret of readCredentials(request)) parts.learnSecret(secret)
    if (!route) throw new Refused(unknownPath(request.method, request.url.split('?')[0]!))
    const read = readRequest(request, parts.maxBodyBytes)
    exchange.named(read, providers[route.provider].readCall({ method: request.method, path: route.path, content: read.content }))
  }

  /** Who is calling. Of whoever may not call, nothing more is read, and nothing is learned. */
  function identify(exchange: OpenExchange): void {
    const { tokens } = exchange.policy
    if (tokens.length === 0) return
    const caller = identifyCaller(tokens, exchange.request.headers)
    if (caller.kind === 'refused') throw new Refused(caller.error)
    exchange.caller = caller.token.name
  }

  /** A refused answer has its verdict: at once, or from within its stream. */
  async function judgeOutput(exchange: OpenExchange, answer: Answer): Promise<Answer> {
    const { outputJudge } = exchange.policy
    if (!outputJudge) return answer
    const refused = ({ code, message }: ProxyError): void => {
      exchange.verdict = { kind: 'block', rule: 'forbidden-outputs', code, message }
    }
    return { ...answer, response: await judgeAnswer(answer.response, outputJudge(), refused) }
  }

  /** Where an answer has a cost and comes in one piece, its headers wait for it, and tell the cost. A stream stays a stream. */
  async function priceable({ call }: OpenExchange, answer: Answer): Promise<Answer> {
    const isPriced = answer.source === 'upstream' && call!.isModelEndpoint && !call!.stream
    return isPriced ? { source: answer.source, response: await readWhole(answer.response, parts.clock) } : answer
  }

  function observe(exchange: OpenExchange, { source, response }: Answer, signal: CancelSignal): HttpResponse {
    const marked = mark(exchange, source, response)
    for (const watcher of parts.watchers) watcher.answered({ id: exchange.id, source, response: marked })
    return settlement.observe(exchange, source, marked, signal, (error) => {
      // An error event can only follow where the client still reads events, and counts no bytes.
      if (!isPlainStream(marked.headers) || getHeader(marked.headers, 'content-length') !== undefined) return undefined
      return toBytes(`\n\n${providers[exchange.provider].renderStreamError(error, exchange.id)}`)
    })
  }

  function fail(exchange: OpenExchange, thrown: unknown, signal: CancelSignal): HttpResponse {
    if (hasLeft(signal)) {
      settlement.settle(exchange, { source: 'proxy', outcome: 'aborted', error: undefined })
      return { status: 499, headers: [], body: EMPTY }
    }
    const error = toProxyError(thrown)
    const outcome = outcomeOf(thrown, error)
    if (thrown instanceof FaultBreak) {
      settlement.settle(exchange, { source: 'proxy', outcome, error })
      throw thrown
    }
    if (thrown instanceof Refused && thrown.verdict) exchange.verdict = thrown.verdict
    else if (outcome === 'refused' && !exchange.call) exchange.verdict = byDoor(error)
    if (error.code === 'internal_error') parts.report(`Exchange ${exchange.id} failed: ${String(thrown)}`)
    return answerError(exchange, error, outcome)
  }

  function answerError(exchange: OpenExchange, error: ProxyError, outcome: Outcome): HttpResponse {
    const response = mark(exchange, 'proxy', providers[exchange.provider].renderError(error, exchange.id))
    for (const watcher of parts.watchers) {
      watcher.answered({ id: exchange.id, source: 'proxy', response })
      if (response.body instanceof Uint8Array) watcher.chunk({ id: exchange.id, bytes: response.body })
    }
    settlement.settle(exchange, { source: 'proxy', outcome, error, response })
    return response
  }

  return {
    handle,
    refuse(error, request) {
      const exchange = openExchange({ ...request, body: EMPTY }, parts)
      try {
        const route = routeRequest(request.url, request.headers)
        if (route) exchange.route(route)
      } catch {
        // Refused anyway: the path need not make sense.
      }
      for (const watcher of parts.watchers) watcher.opened(exchange)
      exchange.verdict = byDoor(error)
      return answerError(exchange, error, 'refused')
    },
    isBusy: running.isBusy,
    stop: running.stop,
    idle: settlement.idle
  }
}

function outcomeOf(thrown: unknown, { code }: ProxyError): Outcome {
  if (thrown instanceof ProxyClosing) return 'closed'
  return thrown instanceof UpstreamError || thrown instanceof FaultBreak || code === 'internal_error' ? 'broken' : 'refused'
}

/** What was refused before any rule was asked. */
function byDoor({ code, message }: ProxyError): ExchangeVerdict {
  return { kind: 'block', rule: 'door', code, message }
}

/** Every answer says which exchange it belongs to, where it came from, and how much is left of each rate that it has taken from. */
function mark(exchange: OpenExchange, source: Source, response: HttpResponse): HttpResponse {
  const own: HeaderPair[] = [
    ['x-openai-proxy-id', exchange.id],
    ['x-openai-proxy-source', source]
  ]
  own.push(...rateHeaders(exchange.rates))
  return withOwnHeaders(response, withHeaders(response.headers, own))
}
