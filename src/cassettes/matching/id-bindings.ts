/** Binds the ids that a client makes to the recorded ones, so that two which were one are one now, and the other way round. */
import type { FoundId } from './ids.ts'
import type { RecordedIds } from './recorded-ids.ts'
import type { Bindings } from './rewrite-ids.ts'

/** How a recording's ids fit a request's. */
export interface Fit {
  /** Whether each id that differs was bound so before. */
  readonly isKnown: boolean
  /** The ids of what the API keeps that are bound here, as one text; `''` where there is none. Two recordings that differ in it mean different things. */
  readonly state: string
  readonly pairs: readonly Pair[]
}

interface Pair {
  readonly own: string
  readonly recorded: string
  readonly class: FoundId['class']
}

/** What is bound in a run. */
export interface IdBindings {
  /** @param own and `recorded`: equal in number and kind. `undefined`: these are different ids, not other names of the same */
  fit(own: readonly FoundId[], recorded: readonly FoundId[]): Fit | undefined
  /** Holds from now on. */
  keep(fit: Fit): void
  /** What to put into an answer. */
  forAnswer(fit: Fit | undefined): Bindings
}

/** Shorter ids are not looked for in an answer: they could be a number or a word. */
const SHORTEST_IN_ANSWER = 8

export function createIdBindings(known: RecordedIds): IdBindings {
  const toRecorded = new Map<string, string>()
  /** Of what the API keeps, for as long as the run lasts. */
  const stateToOwn = new Map<string, string>()

  function mayBind({ own, recorded, class: kind }: Pair): boolean {
    if (kind === 'call') return true
    const before = toRecorded.get(own)
    if (before !== undefined) return before === recorded
    if (known.has(own)) return false
    return kind === 'own' || (!stateToOwn.has(recorded) && !known.isAnswered(recorded))
  }

  return {
    fit(own, recorded) {
      const pairs = own
        .map(({ value, class: kind }, index): Pair => ({ own: value, recorded: recorded[index]!.value, class: kind }))
        .filter((pair) => pair.own !== pair.recorded)
      if (!pairs.every(mayBind)) return undefined
      return {
        pairs,
        isKnown: pairs.every((pair) => toRecorded.get(pair.own) === pair.recorded),
        state: pairs.flatMap((pair) => (pair.class === 'state' ? pair.recorded : [])).join(' ')
      }
    },
    keep({ pairs }) {
      for (const pair of pairs) {
        toRecorded.set(pair.own, pair.recorded)
        if (pair.class === 'state') stateToOwn.set(pair.recorded, pair.own)
      }
    },
    forAnswer(fit) {
      const bindings = new Map(stateToOwn)
      for (const { recorded, own } of fit?.pairs ?? []) if (recorded.length >= SHORTEST_IN_ANSWER) bindings.set(recorded, own)
      return bindings
    }
  }
}
