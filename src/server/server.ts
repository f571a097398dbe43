/** The server: the guard checks, the user's rules come first where there are any, and the pipeline answers all else. */
import type { Mockttp } from 'mockttp'
import type { HttpResponse } from '../http/message.ts'
import type { Gate } from '../http/turns.ts'
import type { Pipeline } from '../pipeline/handle.ts'
import { answerVisit, type Door, type LocalAnswers, type Visit } from './answer.ts'
import { cutOff, resetConnection } from './break-off.ts'
import { closeGracefully } from './close.ts'
import { createGuard, type Guard } from './guard.ts'
import { listen, type Listeners, type Listening } from './listen.ts'
import { createTakeover, refuseRequest } from './refuse.ts'
import type { StepVisit } from './step.ts'
import { readBody, readHeaders, wantsContinue, type BodyResult, type RawRequest } from './translate.ts'
import { loadUserRules, type UserRules } from './user-rules.ts'

export interface ServerOptions {
  /** Address or name to listen on, e.g. `127.0.0.1`. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly pipeline: Pipeline
  /** Answers the proxy's own addresses (`/health` …), before the pipeline. */
  readonly local?: LocalAnswers | undefined
  /** Most bytes that a request's body may have as sent; a larger one is refused with 413. */
  readonly maxBodyBytes: number
  /**
   * Milliseconds that running exchanges may go on when the server closes.
   * @default 1000
   */
  readonly graceMs?: number
  /** Lets requests that are whole in the same turn go on together. */
  readonly together: Gate
  /** One line for the operator. */
  readonly report: (message: string) => void
}

export interface Server {
  /** e.g. `http://127.0.0.1:8000`; a loopback address where the proxy listens on every address. */
  readonly url: string
  readonly host: string
  readonly port: number
  /** For tests that want a route of their own: what is mocked there wins. Loaded when it is first asked for. */
  readonly mockttp: Mockttp
  /** Stops listening, ends idle connections at once, and running exchanges, with an error, after the grace. Twice is no harm. */
  close(): Promise<void>
}

/** What has passed the guard and waits for mockttp to say that no rule claims it. */
type Waiting = WeakMap<RawRequest, Visit>

/** @throws an `Error` that says why the address cannot be used, and what to do */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { host, pipeline } = options
  const { graceMs = 1000 } = options
  let closed: Promise<void> | undefined
  let listening: Listening | undefined
  const door: Door = {
    ...options,
    running: new Set(),
    isClosing: () => closed !== undefined,
    breakOff: (request, to, how) => (how === 'cut' ? cutOff(to) : resetConnection(listening!.sockets, request, to))
  }
  const waiting: Waiting = new WeakMap()
  let checked: Guard = createGuard(options)
  let rules: UserRules | undefined
  const guard: Guard = (arrival) => checked(arrival)
  const request = createFront({ door, guard, rules: () => (rules?.isWanted() ? rules : undefined), waiting })
  const webSockets = (): Listeners['upgrade'] | undefined => (rules?.hasWebSocketRules() ? rules.upgrade : undefined)
  const takeover = createTakeover({ pipeline, guard, webSockets, accept: (socket) => listening?.accept(socket) })
  const started = (listening = await listen(options, { request, ...takeover }))
  const { port } = started
  checked = createGuard({ host, port })
  const close = (): Promise<void> =>
    (closed ??= closeGracefully(started, door.running, { pipeline, graceMs }).then(() => rules?.mockttp.reset()))
  const answer = (visit: StepVisit): Promise<void> => answerStep(door, waiting, visit)
  return {
    url: `http://${urlHost(host)}:${port}`,
    host,
    port,
    get mockttp() {
      return (rules ??= loadUserRules({ port, maxBodyBytes: options.maxBodyBytes, answer, close })).mockttp
    },
    close
  }
}

interface FrontParts {
  readonly door: Door
  readonly guard: Guard
  /** The user's rules, where requests must pass them. */
  readonly rules: () => UserRules | undefined
  readonly waiting: Waiting
}

/** The fast way: past mockttp's rules where the user has none. */
function createFront({ door, guard, rules, waiting }: FrontParts): Listeners['request'] {
  const { maxBodyBytes, pipeline } = door
  return (request, response) => {
    const url = request.url!
    const passage = guard({ method: request.method!, url, headers: request.headers })
    const headers = readHeaders(request)
    if (passage.kind !== 'pass') {
      const ready = (): HttpResponse =>
        passage.kind === 'answer' ? passage.response : refuseRequest(pipeline, passage.error, request)
      return void answerVisit(door, { request, response, url, headers, cors: [], ready })
    }
    const body = (): Promise<BodyResult> | BodyResult => readBody(request, response, maxBodyBytes)
    const entered: Visit = { request, response, url: passage.url, headers, cors: passage.cors, readBody: body }
    const isTooLarge = Number(request.headers['content-length'] ?? 0) > maxBodyBytes
    const wanted = rules()
    if (isTooLarge || !wanted) return void answerVisit(door, entered)
    waiting.set(request, entered)
    for (const [name, value] of passage.cors) response.setHeader(name, value)
    request.url = passage.url
    if (wantsContinue(request)) response.writeContinue()
    wanted.request(request, response)
  }
}

/** The way through mockttp's rules, when none of them claims the request. */
async function answerStep(door: Door, waiting: Waiting, { request, response, readBody: readTracked }: StepVisit): Promise<void> {
  const visit = waiting.get(request)
  if (!visit) return void response.destroy()
  for (const [name] of visit.cors) response.removeHeader(name)
  // mockttp reads a body over its limit as empty, and leaves the stream unfinished.
  const body = (): Promise<BodyResult> =>
    readTracked().then(
      (bytes) => (request.readableEnded ? bytes : 'too_large'),
      () => 'gone' as const
    )
  await answerVisit(door, { ...visit, readBody: body })
}

/** Every address is none that a client could call: the loopback one stands for it. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
