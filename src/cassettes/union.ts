/** Plays several cassettes as if their files were joined, one behind the other: each keeps its own rules of matching and its own uses. */
import type { MissReason, Offer, RecordedRequest, Tape, TapeAnswer, TapeMiss } from './interaction.ts'

/** How many recordings are compared in full with a request that none fits: of each cassette, and of all. */
const COMPARED = { least: 2, all: 64 } as const

export interface UnionParts {
  /** As messages name all of it: `recordings/`. */
  readonly name: string
  /** Those that answer, in their order. */
  readonly tapes: readonly Tape[]
  /** Takes what is recorded; one of those that answer, or not. */
  readonly own: Tape
}

/** Several tapes as one. */
export interface Union extends Tape {
  /** The tape that would answer a request; `undefined`: none. */
  find(request: RecordedRequest): Promise<Tape | undefined>
}

/** A tape, and how it would answer. */
interface Offered {
  readonly tape: Tape
  readonly offer: Offer
}

export function createUnion({ name, tapes, own }: UnionParts): Union {
  const countedHeaders = [...new Set(tapes.flatMap((tape) => tape.countedHeaders))]

  let last: Promise<unknown> = Promise.resolve()
  /** Between the choice of a tape and its answer, no other request may have that answer. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = last.then(task)
    last = done.catch(() => undefined)
    return done
  }

  /** The same choice that one cassette makes among its recordings. */
  async function choose(request: RecordedRequest): Promise<Tape | MissReason> {
    const asked = await Promise.all(tapes.map(async (tape) => ({ tape, offer: await tape.offer(request) })))
    const offered = asked.filter((one): one is Offered => typeof one.offer !== 'string')
    const equal = offered.filter(({ offer }) => offer.by !== 'ids')
    if (equal.length > 0) return firstOf(equal)
    const reason = REASONS.find((one) => asked.some(({ offer }) => offer === one)) ?? 'none'
    const known = offered.filter(({ offer }) => offer.by === 'ids' && offer.isKnown)
    const pool = known.length > 0 ? known : offered
    if (pool.length === 0 || (known.length === 0 && reason === 'ids')) return reason
    const states = new Set(pool.map(({ offer }) => (offer.by === 'ids' ? offer.state : '')))
    return states.size > 1 ? 'ids' : firstOf(pool)
  }

  /** Of the misses of all tapes that have this reason, the one that is nearest. */
  async function explain(request: RecordedRequest, reason: MissReason): Promise<TapeMiss> {
    const most = Math.max(COMPARED.least, Math.ceil(COMPARED.all / tapes.length))
    const misses = await Promise.all(tapes.map((tape) => tape.explain(request, most)))
    const fitting = misses.filter((miss) => miss.reason === reason)
    const [nearest] = (fitting.length > 0 ? fitting : misses).toSorted((a, b) => distanceOf(a) - distanceOf(b))
    const recorded = misses.reduce((sum, miss) => sum + miss.recorded, 0)
    const equal = fitting.reduce((sum, miss) => sum + miss.equal, 0)
    return { kind: 'miss', reason, recorded, equal, nearest: nearest?.nearest }
  }

  return {
    name,
    existed: tapes.length > 0,
    get size() {
      return tapes.reduce((sum, { size }) => sum + size, 0)
    },
    countedHeaders,
    isCurrent: () => tapes.every((tape) => tape.isCurrent()),
    async refresh() {
      const there = await Promise.all(tapes.map((tape) => tape.isCurrent() || tape.refresh()))
      return there.some(Boolean)
    },
    placeholders: () => tapes.flatMap((tape) => tape.placeholders()),
    faults: tapes.flatMap(({ faults }) => faults),
    async find(request) {
      const found = await choose(request)
      return typeof found === 'string' ? undefined : found
    },
    has: async (request) => typeof (await choose(request)) !== 'string',
    async offer(request) {
      const found = await choose(request)
      return typeof found === 'string' ? found : found.offer(request)
    },
    take: (request) =>
      inTurn(async (): Promise<TapeAnswer> => {
        const found = await choose(request)
        return typeof found === 'string' ? explain(request, found) : found.take(request)
      }),
    async explain(request) {
      const found = await choose(request)
      return explain(request, typeof found === 'string' ? found : 'none')
    },
    interactions: () => tapes.flatMap((tape) => tape.interactions()),
    findAnswer: (wanted) => {
      for (const tape of tapes) {
        const found = tape.findAnswer(wanted)
        if (found) return found
      }
      return undefined
    },
    append: (...given) => own.append(...given)
  }
}

const REASONS = ['ids', 'played'] as const

/** The first that was not played yet, the exact ones before the others; else the last, which repeats by its own rule. */
function firstOf(offered: readonly Offered[]): Tape {
  const isExact = ({ offer }: Offered): boolean => offer.by === 'exact'
  const fresh = offered.filter(({ offer }) => offer.isFresh)
  const chosen = fresh.find(isExact) ?? fresh[0] ?? offered.findLast(isExact) ?? offered.at(-1)!
  return chosen.tape
}

function distanceOf({ nearest }: TapeMiss): number {
  return nearest?.distance ?? Infinity
}
