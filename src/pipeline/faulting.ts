/** Brings faults about: those that are due stand between an exchange and its answer, one within the other. */
import type { CancelSignal } from '../http/cancel.ts'
import { playInteraction } from '../cassettes/playback.ts'
import { getHeader } from '../http/headers.ts'
import type { HttpResponse } from '../http/message.ts'
import type { Ask, FaultFacts, Strike } from '../faults/fault.ts'
import type { DueFault, Faults } from '../faults/faults.ts'
import { providers } from '../providers/index.ts'
import type { Answer } from './choose.ts'
import type { Source } from './exchange.ts'
import type { OpenExchange } from './open-exchange.ts'
import type { Clock, Tapes } from './ports.ts'
import { toWanted } from './tape-request.ts'

/** What bringing faults about needs. */
export interface FaultingParts {
  /** The faults in force for a session, beside those that its cassette names. */
  readonly faults: (session: string) => readonly Faults[]
  readonly tapes: Tapes
  readonly clock: Clock
  readonly report: (message: string) => void
}

/**
 * The answer of an exchange, with the faults that are due. Throws what the answer's makers throw, and `FaultBreak`.
 * @param ask gives the answer that would have been given
 */
export type BringFaults = (exchange: OpenExchange, signal: CancelSignal, ask: () => Promise<Answer>) => Promise<Answer>

export function createFaulting({ faults, tapes, clock, report }: FaultingParts): BringFaults {
  /** Those of a cassette hold where it answers. */
  async function findDue(exchange: OpenExchange, facts: FaultFacts): Promise<DueFault[]> {
    const lists = [...faults(exchange.session)]
    if (tapes.modeOf(exchange.session) !== 'live') {
      const loaded = (exchange.tape = await tapes.open(exchange.session))
      if (loaded.allowed.reads) lists.push(...(await loaded.faultsFor(() => toWanted(exchange, loaded))))
    }
    return lists.flatMap((list) => list.find(facts))
  }

  async function recorded(exchange: OpenExchange, status: number, signal: CancelSignal): Promise<HttpResponse | undefined> {
    if (tapes.modeOf(exchange.session) === 'live') return undefined
    const { tape } = await tapes.open(exchange.session)
    const { origin } = exchange.provider === 'generic' ? new URL(exchange.path) : providers[exchange.provider]
    const interaction = tape.findAnswer({ status, origin })
    if (!interaction) return undefined
    const acceptEncoding = getHeader(exchange.request.headers, 'accept-encoding')
    return playInteraction(interaction, {
      speed: 0,
      acceptEncoding,
      now: clock.elapsed,
      sleep: clock.sleep,
      turn: () => new Promise((done) => clock.later(done)),
      signal
    })
  }

  function strikeOf(exchange: OpenExchange, facts: FaultFacts, signal: CancelSignal, due: DueFault): Strike {
    return {
      facts,
      random: due.random,
      now: clock.now,
      sleep: (ms) => clock.sleep(ms, signal),
      recorded: (status) => recorded(exchange, status, signal),
      struck() {
        due.struck()
        exchange.faults.push(due.description)
      },
      missed(why) {
        due.missed()
        report(`The fault "${due.description}" did not strike exchange ${exchange.id} (${facts.endpoint}): ${why}.`)
      }
    }
  }

  return async (exchange, signal, ask) => {
    const facts = factsOf(exchange)
    const due = await findDue(exchange, facts)
    if (due.length === 0) return ask()
    let source: Source = 'proxy'
    const asked: Ask = async () => {
      const answer = await ask()
      source = answer.source
      return answer.response
    }
    const faulted = due.reduceRight<Ask>((next, one) => {
      return () => one.kind.apply(one.settings, strikeOf(exchange, facts, signal, one), next)
    }, asked)
    const response = await faulted()
    return { source, response }
  }
}

function factsOf({ provider, call }: OpenExchange): FaultFacts {
  const { endpoint, models, stream } = call!
  return { provider, endpoint, models, stream }
}
