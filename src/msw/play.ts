/** Makes MSW's handlers of a cassette: they answer from a proxy without a port, which is opened when the first request comes. */
import { http, type HttpHandler } from 'msw'
import type { FaultMatch } from '../faults/fault.ts'
import type { ActiveFault } from '../faults/faults.ts'
import type { Fault } from '../faults/read-faults.ts'
import type { LogEntry } from '../log/log-entry.ts'
import type { SessionReport } from '../sessions/session.ts'
import type { Host } from './hosts.ts'
import { leavable } from './leavable.ts'
import type { Player } from './player.ts'
import { reportPlay } from './report-play.ts'

/** Handlers for `setupServer(...weather)`, `setupWorker(...weather)` or `server.use(...weather)`, and what a test asks of them. */
export interface MswCassette extends ReadonlyArray<HttpHandler>, AsyncDisposable {
  /** What happened since the start, or since `reset()`, oldest first, redacted. */
  readonly exchanges: readonly LogEntry[]
  /** The rules in force, one line each. Empty before anything was opened: await `ready()`. */
  readonly rules: readonly string[]
  /**
   * Opens everything that the first request would open, so that a wrong option or a missing cassette is told before it.
   * @throws `ConfigError`, `CassetteError`
   */
  ready(): Promise<void>
  /** What was replayed, recorded, missed and left unused. Waits until what has ended is recorded. */
  report(): Promise<SessionReport>
  /** The same, without waiting. Throws where nothing was opened yet. */
  peek(): SessionReport
  /** Makes something go wrong on purpose for the requests that fit: `weather.fault({ nth: 2 }, { status: 429 })`. */
  fault(match: FaultMatch, fault: Fault): Promise<ActiveFault>
  /**
   * Begins anew, for the next test: every recording may be played again, counts, rates, budgets and faults are as at the start,
   * `exchanges` is empty. What is recorded stays.
   */
  reset(): Promise<void>
  /**
   * Lets what is under way end, and writes what is to be written; later requests are refused, never sent on. Closing again does nothing.
   * @returns the last report; `undefined` where nothing was ever opened
   */
  close(): Promise<SessionReport | undefined>
}

export interface PlayParts {
  /** As reports name it. */
  readonly title: string
  readonly hosts: readonly Host[]
  /** Opens what answers. */
  readonly open: () => Promise<Player>
  /** Runs a task, and what comes of it, outside of the request that MSW is answering. */
  readonly outside: <T>(task: () => T) => T
}

export function playCassette({ title, hosts, open, outside }: PlayParts): MswCassette {
  let opening: Promise<Player> | undefined
  let player: Player | undefined
  let ending: Promise<SessionReport | undefined> | undefined

  async function start(): Promise<Player> {
    const opened = outside(open)
    opening = opened
    try {
      const started = await opened
      if (opening === opened) player = started
      return started
    } catch (error) {
      // It is tried anew: the cassette may have been mended meanwhile.
      if (opening === opened) opening = undefined
      throw error
    }
  }

  const opened = (): Promise<Player> => opening ?? start()

  /** What is open, if anything is. */
  const current = async (): Promise<Player | undefined> => opening?.catch(() => undefined)

  async function end(): Promise<SessionReport | undefined> {
    const last = await current()
    await last?.close()
    return last && reportPlay(last, title)
  }

  async function answer(request: Request, { provider }: Host): Promise<Response> {
    try {
      if (ending) throw new Error(closed(title))
      const { fetch } = await opened()
      return leavable(await fetchBy((...asked) => outside(() => fetch(...asked)), request))
    } catch (error) {
      // Loaded where something is wrong: most runs need it never.
      return (await import('./refusal.ts')).refusal(provider, error)
    }
  }

  const own: Omit<MswCassette, keyof ReadonlyArray<HttpHandler>> = {
    get exchanges() {
      return player?.exchanges ?? []
    },
    get rules() {
      return player?.rules ?? []
    },
    ready: async () => void (await opened()),
    async report() {
      await ending
      const playing = await opened()
      await playing.idle()
      return reportPlay(playing, title)
    },
    peek() {
      if (player) return reportPlay(player, title)
      throw new Error(`${title} was not opened yet, so nobody knows what is unused. Await ready() or report() first.`)
    },
    fault: async (match, fault) => (await opened()).fault(match, fault),
    async reset() {
      const last = current()
      opening = undefined
      player = undefined
      await ending
      ending = undefined
      await (await last)?.close()
    },
    close: () => (ending ??= end()),
    async [Symbol.asyncDispose]() {
      await own.close()
    }
  }
  const list = hosts.map((host) => http.all(host.pattern, ({ request }) => answer(request, host)))
  return Object.defineProperties(list, Object.getOwnPropertyDescriptors(own)) as unknown as MswCassette
}

/** Where there is to be no answer (the client has left, a fault breaks the connection), the client sees its connection fail. */
async function fetchBy(fetch: typeof globalThis.fetch, request: Request): Promise<Response> {
  const { url, method, signal } = request
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const body = hasBody ? await request.arrayBuffer() : undefined
  // `new Headers(request.headers)` loses `authorization` here.
  const headers = Object.fromEntries(request.headers)
  try {
    return await fetch(url, { method, headers, signal, ...(body === undefined ? {} : { body }) })
  } catch (error) {
    const isBreak = error instanceof TypeError && error.cause !== undefined
    if (isBreak || signal.aborted) return Response.error()
    throw error
  }
}

function closed(title: string): string {
  return `${title} was closed, and calls nobody any more. Call reset() to begin anew, or take its handlers out.`
}
