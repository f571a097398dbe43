/** A list of faults: counts the requests that fit each, and says which of them strike. */
import type { FaultFacts, FaultKind } from './fault.ts'
import { KINDS } from './kinds/index.ts'
import { createRandom } from './random.ts'
import { compileMatch, kindOf, type FaultSpec } from './read-faults.ts'

/** A fault in force. */
export interface ActiveFault extends Disposable {
  /** In its text form, e.g. `model=gpt-4o,nth=2: status=429`. */
  readonly text: string
  /** Set as the `seed` of the fault, it makes the same run again. */
  readonly seed: number
  /** How many requests fitted so far. */
  readonly fitted: number
  /** How often it struck so far. */
  readonly struck: number
  /** Takes it out of force; what is under way goes on. Twice is no harm. */
  remove(): void
}

/** A fault that is due for one request. */
export interface DueFault {
  readonly kind: FaultKind
  readonly settings: FaultSpec['fault']
  /** For people: `status 429 (seed 7)`. */
  readonly description: string
  readonly random: () => number
  /** It struck. */
  struck(): void
  /** The answer gave it nothing to act on. */
  missed(): void
}

export interface Faults {
  add(spec: FaultSpec): ActiveFault
  /** Those in force, in the order in which they came. */
  all(): readonly ActiveFault[]
  /** Counts a request, and gives the faults that are to strike it: the first stands farthest from the answer. */
  find(facts: FaultFacts): DueFault[]
}

export interface FaultsOptions {
  /** Of the first fault; each later one has the next number. A fault's own seed comes before it. */
  readonly seed: number
  readonly specs?: readonly FaultSpec[] | undefined
}

interface Entry {
  readonly active: ActiveFault
  due(facts: FaultFacts): DueFault | undefined
}

export function createFaults({ seed, specs = [] }: FaultsOptions): Faults {
  const entries = new Set<Entry>()
  let nextSeed = seed

  function add(spec: FaultSpec): ActiveFault {
    const entry = createEntry(spec, spec.match.seed ?? nextSeed, () => entries.delete(entry))
    nextSeed += 1
    entries.add(entry)
    return entry.active
  }

  for (const spec of specs) add(spec)
  return {
    add,
    all: () => [...entries].map(({ active }) => active),
    find: (facts) => {
      const due = [...entries].flatMap((entry) => entry.due(facts) ?? [])
      return due.toSorted((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind))
    }
  }
}

function createEntry({ match, fault, text }: FaultSpec, seed: number, remove: () => void): Entry {
  const { nth, times = Infinity, chance = 1 } = match
  const fits = compileMatch(match)
  const numbers = nth === undefined ? undefined : new Set([nth].flat())
  const kind = kindOf(fault)
  const description = `${kind.describe(fault)} (seed ${seed})`
  let fitted = 0
  let begun = 0
  let struck = 0
  return {
    active: {
      text,
      seed,
      get fitted() {
        return fitted
      },
      get struck() {
        return struck
      },
      remove,
      [Symbol.dispose]: remove
    },
    due(facts) {
      if (!fits(facts)) return undefined
      fitted += 1
      const random = createRandom(seed, fitted)
      // Always asked for, so that what else is left to chance does not depend on it.
      const isLikely = random() < chance
      if (begun >= times || (numbers && !numbers.has(fitted)) || !isLikely) return undefined
      begun += 1
      return { kind, settings: fault, description, random, struck: () => void (struck += 1), missed: () => void (begun -= 1) }
    }
  }
}
