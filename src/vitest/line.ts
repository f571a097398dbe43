/** How a test asks the proxy of its run: the contract, and the sessions that are opened, read and closed over it. */
import type { FaultMatch } from '../faults/fault.ts'
import type { Fault } from '../faults/read-faults.ts'
import type { Session, SessionOptions, SessionOutcome, SessionReport } from '../sessions/session.ts'

/** A request to the proxy's own addresses. */
export interface LineRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly url: string
  readonly body?: string
}

export interface LineAnswer {
  /** 0 where there is none; `text` says why. */
  readonly status: number
  readonly text: string
}

/** A way to the proxy that a test's stubs, timers and interceptors do not touch. */
export interface Line {
  ask(request: LineRequest): Promise<LineAnswer>
  /** Without awaiting: a matcher has no time to wait. */
  askNow(request: LineRequest): LineAnswer
}

/** A session as a test sees it. */
export interface TestSession extends Pick<Session, 'url' | 'openaiBaseURL' | 'anthropicBaseURL' | 'env'> {
  /** What happened so far; once it is closed, what happened. */
  now(): SessionReport
  /** Adds a fault: in force when it returns. */
  fault(match: FaultMatch, fault: Fault): AddedFault
  close(outcome: SessionOutcome): Promise<SessionReport>
}

/** A fault of a session. */
export interface AddedFault {
  /** In its text form, e.g. `nth=2: status=429`. */
  readonly text: string
  /** Set as the `seed` of the fault, it makes the same run again. */
  readonly seed: number
}

/**
 * Opens a session.
 * @param proxyUrl where the proxy listens
 * @throws an `Error` that says what the proxy says
 */
export async function openTestSession(line: Line, proxyUrl: string, options: SessionOptions): Promise<TestSession> {
  const sessions = `${proxyUrl}/_proxy/sessions`
  const opened = await line.ask({ method: 'POST', url: sessions, body: JSON.stringify(options) })
  const { id, ...addresses } = read<Session>(opened, sessions)
  const own = `${sessions}/${id}`
  let last: SessionReport | undefined
  return {
    ...addresses,
    now: () => last ?? read(line.askNow({ method: 'GET', url: own }), own),
    fault(match, fault) {
      const url = `${own}/faults`
      return read(line.askNow({ method: 'POST', url, body: JSON.stringify({ ...match, ...fault }) }), url)
    },
    async close(outcome) {
      const closed = await line.ask({ method: 'DELETE', url: `${own}?outcome=${outcome}` })
      const report = read<SessionReport>(closed, own)
      last = report
      return report
    }
  }
}

function read<T>({ status, text }: LineAnswer, url: string): T {
  if (status === 0) throw new Error(`The proxy of the run does not answer at ${url}: ${text}`)
  const json = JSON.parse(text) as T & { readonly error?: { readonly message: string } }
  if (status >= 400) throw new Error(json.error?.message ?? `${url} answered ${status}: ${text.slice(0, 500)}`)
  return json
}
