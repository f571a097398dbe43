/** The open sessions of a proxy: each has a cassette, a mode and a list of exchanges to itself. */
import { stat } from 'node:fs/promises'
import { CassetteError, type Tape } from '../cassettes/interaction.ts'
import { useOf } from '../cassettes/use.ts'
import { createFaults, type Faults } from '../faults/faults.ts'
import { createExchangeList, type ExchangeList } from '../inspector/exchange-list.ts'
import type { LogEntry } from '../log/log-entry.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { PlayedTape, SessionParts, Sink, Tapes } from '../pipeline/ports.ts'
import type { Policy, SessionRules } from '../pipeline/policy.ts'
import { invalid } from '../pipeline/errors.ts'
import { Refused } from '../pipeline/refused.ts'
import { modeRules, type Mode } from '../pipeline/source.ts'
import { reportOf } from './report.ts'
import type { CheckedOptions, SessionOutcome, SessionReport, SessionSummary } from './session.ts'
import { stageCassette } from './staging.ts'

/** An open session, as the rooms that speak of it know it. */
export interface OpenSession {
  readonly id: string
  report(): Promise<SessionReport>
  peek(): SessionReport
  close(outcome: SessionOutcome): Promise<SessionReport>
  /** Its own. */
  readonly faults: Faults
}

export interface Sessions extends SessionParts {
  /** Opens the tapes of sessions, and those of plain names as before. */
  readonly tapes: Tapes
  /** Hands each exchange to its session. */
  readonly sink: Sink
  /** Throws `CassetteError` where the cassette is broken or cannot be written. One that is missing misses every request. */
  open(options: CheckedOptions): Promise<OpenSession>
  /** Throws `Refused` where there is none. */
  find(id: string): OpenSession
  /** Those that are closed, then those that are open, each in order. The oldest of very many are forgotten. */
  all(): readonly SessionSummary[]
  /** Closes what is still open, as passed: only whole exchanges were recorded. */
  close(): Promise<void>
}

export interface SessionsParts {
  /** The tapes of base URLs that name a cassette, not a session. */
  readonly tapes: Tapes
  /** The proxy's own mode. */
  readonly mode: Mode
  /** Whether this is a CI run: every session replays then. */
  readonly ci: boolean
  /** The file of a cassette's name. Throws `CassetteError`. */
  readonly resolve: (cassette: string) => string
  /** @param cassette as messages name it, where the file is one that is being made */
  readonly load: (file: string, mode: Mode, cassette: string) => Promise<PlayedTape>
  /** Lets go of a tape whose session is closed. */
  readonly unload: (loaded: PlayedTape) => void
  readonly view: (exchange: Exchange) => LogEntry
  /** Waits until what has ended is recorded. */
  readonly idle: () => Promise<void>
  /** Of the first fault of each session. */
  readonly faultSeed: number
  /** A fresh id, e.g. `s-3f2a…`. */
  readonly newId: () => string
}

/** Most exchanges that one session keeps. */
const KEPT_EXCHANGES = 10_000

/** So many closed sessions are remembered: whoever still uses the address of one is told. The oldest are forgotten. */
export const REMEMBERED_SESSIONS = 10_000

interface Entry extends OpenSession {
  readonly mode: Mode
  readonly loaded: PlayedTape
  readonly list: ExchangeList<LogEntry>
  narrow(policy: Policy): Policy
}

export function createSessions(parts: SessionsParts): Sessions {
  const open = new Map<string, Entry>()
  const closed = new Set<string>()
  const history: SessionSummary[] = []

  async function start({ cassette, test: given, title: named, mode: wanted, ...own }: CheckedOptions): Promise<Entry> {
    const id = parts.newId()
    const file = parts.resolve(cassette)
    const existed = await stat(file).then(
      () => true,
      () => false
    )
    const asked = wanted ?? (parts.mode === 'live' ? 'once' : parts.mode)
    const mode = parts.ci ? 'replay' : asked === 'once' ? (existed ? 'replay' : 'record') : asked
    const staging = mode === 'record' ? stageCassette(file, id, asked === 'record') : undefined
    let isOver = false
    const played = await parts.load(staging?.file ?? file, mode, file)
    const { tape, redaction } = played.recording
    const loaded = { ...played, recording: { tape: recordingUntil(tape, () => isOver, id), redaction } }
    const list = createExchangeList(KEPT_EXCHANGES, parts.view)
    const title = redaction.text(named ?? given?.name ?? cassette)
    const test = given && { ...given, file: redaction.text(given.file), name: redaction.text(given.name) }
    const faults = createFaults({ seed: parts.faultSeed, specs: own.faults })
    const peek = (failedCassette?: string): SessionReport => {
      const unused = modeRules(mode, true).reads ? useOf(loaded.tape).unused : []
      return reportOf({
        id,
        title,
        test,
        cassette: file,
        mode,
        unused,
        failedCassette,
        exchanges: list.all(),
        faults: faults.all()
      })
    }
    const report = async (): Promise<SessionReport> => {
      await parts.idle()
      return peek()
    }
    let ending: Promise<SessionReport> | undefined
    const end = async (outcome: SessionOutcome): Promise<SessionReport> => {
      open.delete(id)
      remember(id)
      await parts.idle()
      isOver = true
      const last = peek(await staging?.finish(outcome))
      parts.unload(loaded)
      history.push({ ...withoutExchanges(last), outcome })
      if (history.length > REMEMBERED_SESSIONS) history.shift()
      return last
    }
    const close = (outcome: SessionOutcome): Promise<SessionReport> => (ending ??= end(outcome))
    return { id, mode, loaded, list, faults, narrow: narrowing(own.rules), report, peek: () => peek(), close }
  }

  function remember(id: string): void {
    closed.add(id)
    if (closed.size > REMEMBERED_SESSIONS) closed.delete(closed.values().next().value!)
  }

  function checkOpen(session: string): void {
    if (!closed.has(session)) return
    const message = `The session ${session} is closed. Open a new one, and give its client the new base URL.`
    throw new Refused(invalid(410, 'session_closed', message))
  }

  return {
    tapes: {
      modeOf(session) {
        checkOpen(session)
        return open.get(session)?.mode ?? parts.tapes.modeOf(session)
      },
      async open(session) {
        return open.get(session)?.loaded ?? parts.tapes.open(session)
      }
    },
    sink: {
      name: 'session',
      immediate: true,
      settle: (exchange) => open.get(exchange.session)?.list.sink.settle(exchange)
    },
    async open(options) {
      const entry = await start(options)
      open.set(entry.id, entry)
      return entry
    },
    policyOf: (session, policy) => open.get(session)?.narrow(policy) ?? policy,
    faultsOf(session) {
      const entry = open.get(session)
      return entry ? [entry.faults] : []
    },
    find(id) {
      const entry = open.get(id)
      if (entry) return entry
      checkOpen(id)
      const message = `There is no session ${id.slice(0, 100)}. Open one with POST /_proxy/sessions.`
      throw new Refused(invalid(404, 'session_unknown', message))
    },
    all: () => [...history, ...[...open.values()].map(({ peek }) => ({ ...withoutExchanges(peek()), outcome: undefined }))],
    async close() {
      await Promise.all([...open.values()].map((entry) => entry.close('passed')))
    }
  }
}

/** Policies are replaced as a whole: what was made of one holds as long as it does. */
function narrowing(rules: SessionRules): (policy: Policy) => Policy {
  if (Object.values(rules).every((rule) => rule === undefined)) return (policy) => policy
  const known = new WeakMap<Policy, Policy>()
  return (policy) => {
    const narrowed = known.get(policy) ?? policy.narrowedBy(rules)
    known.set(policy, narrowed)
    return narrowed
  }
}

/** An exchange may go on when its session is closed. What it would record has no place any more. */
function recordingUntil(tape: Tape, isOver: () => boolean, id: string): Tape {
  const append: Tape['append'] = async (...recording) => {
    if (isOver()) throw new CassetteError('cassette_unwritable', `The session ${id} was closed before this call had ended.`)
    return tape.append(...recording)
  }
  return Object.assign(Object.create(tape) as Tape, { append })
}

function withoutExchanges({ exchanges: _exchanges, ...rest }: SessionReport): Omit<SessionReport, 'exchanges'> {
  return rest
}
