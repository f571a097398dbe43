/** Chooses where an answer comes from, by the mode: the tape, or the upstream. */
import type { CancelSignal } from '../http/cancel.ts'
import { getHeader } from '../http/headers.ts'
import type { HttpResponse } from '../http/message.ts'
import { playInteraction } from '../cassettes/playback.ts'
import type { Speed } from '../cassettes/speed.ts'
import { cassetteMiss } from './cassette-miss.ts'
import type { Source } from './exchange.ts'
import type { Judging } from './judge.ts'
import type { OpenExchange } from './open-exchange.ts'
import type { Clock, PlayedTape, Tapes } from './ports.ts'
import { Refused } from './refused.ts'
import { sendUpstream, type SendParts } from './send.ts'
import { toWanted } from './tape-request.ts'

/** What choosing needs. */
export interface ChooserParts extends SendParts {
  readonly tapes: Tapes
  /** How fast recordings play. */
  readonly speed: Speed
  readonly clock: Clock
  readonly judging: Judging
  /** Waits until what has been recorded is on the tapes. */
  readonly idle: () => Promise<void>
}

/** An answer and where it came from. */
export interface Answer {
  readonly source: Source
  readonly response: HttpResponse
}

/** The answer of a judged exchange. Throws `Refused`, `UpstreamError`, `CassetteError` or `LedgerError`. */
export type Choose = (exchange: OpenExchange, signal: CancelSignal) => Promise<Answer>

export function createChooser(parts: ChooserParts): Choose {
  async function choose(exchange: OpenExchange, signal: CancelSignal): Promise<Answer> {
    const mode = parts.tapes.modeOf(exchange.session)
    if (mode === 'live') return send(exchange, signal)
    if (mode === 'auto') await parts.idle()
    // What was recorded meanwhile is seen when it is looked at again.
    const opened = mode === 'auto' ? undefined : exchange.tape
    const loaded = opened ?? (await parts.tapes.open(exchange.session))
    const { allowed, recording } = loaded
    exchange.cassette = loaded.tape.name
    if (allowed.reads) {
      const answer = await play(exchange, loaded, signal)
      if (answer) return answer
    }
    if (allowed.writes) {
      exchange.cassette = recording.tape.name
      exchange.recordTo(recording)
    }
    return send(exchange, signal)
  }

  async function play(exchange: OpenExchange, loaded: PlayedTape, signal: CancelSignal): Promise<Answer | undefined> {
    const { tape, redaction, allowed } = loaded
    const wanted = toWanted(exchange, loaded)
    if (allowed.calls && !(await tape.has(wanted))) return undefined
    const answer = await tape.take(wanted)
    if (answer.kind === 'miss') {
      const { endpoint, model } = exchange.call!
      const asked = model ? `${endpoint} (${redaction.text(model)})` : endpoint
      throw new Refused(cassetteMiss(answer, { cassette: tape.name, asked, existed: tape.existed }))
    }
    exchange.cassette = answer.cassette
    const { clock, speed } = parts
    const acceptEncoding = getHeader(exchange.request.headers, 'accept-encoding')
    const response = await playInteraction(answer.interaction, {
      speed,
      acceptEncoding,
      now: clock.elapsed,
      sleep: clock.sleep,
      turn: () => new Promise((done) => clock.later(done)),
      signal,
      inform: exchange.inform
    })
    return { source: 'tape', response }
  }

  async function send(exchange: OpenExchange, signal: CancelSignal): Promise<Answer> {
    await parts.judging.reserve(exchange)
    return { source: 'upstream', response: await sendUpstream(exchange, parts, signal) }
  }

  return choose
}
