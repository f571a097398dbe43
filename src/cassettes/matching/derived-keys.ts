/** The keys that documents have under rules: made when a request may need them, and little by little for all. */
import type { RecordedRequest } from '../interaction.ts'
import type { MatchKeys } from '../key.ts'
import type { Comparable } from './comparable.ts'
import { createGroups, type Documents } from './groups.ts'
import { needlesOf } from './needles.ts'

/** Requests of a cassette, read when they are asked for. */
export interface RequestSource {
  /** How many there are. */
  size(): number
  /** Throws `CassetteError`. */
  request(document: number): Promise<RecordedRequest>
  /** Those from a number on, some at once; others have their turn between. Reading one throws `CassetteError`. */
  requests(from: number): AsyncIterable<{ readonly document: number; readonly read: () => RecordedRequest }>
  /** The documents, from a number on, whose requests hold all of these, and those of which nobody can tell. In order. */
  search(from: number, needles: readonly string[]): AsyncIterable<number>
  /** Whether the numbers still mean what they did. */
  isCurrent(): boolean
}

/** Which of the two keys. */
export type KeyKind = keyof MatchKeys

/** What is looked for. */
export interface Sought {
  readonly kind: KeyKind
  readonly key: string
  /** What the key was made of. */
  readonly comparable: Comparable
}

export interface DerivedKeys {
  /** Those of a key that are known by now. */
  get(kind: KeyKind, key: string): Documents
  /** The keys of one document, if they are known. */
  keysOf(document: number): MatchKeys | undefined
  /** Up to which document all of a key's are known. */
  reach(kind: KeyKind, key: string): number
  derive(document: number): Promise<MatchKeys>
  /** Makes the keys of every document that may have one. Stops behind a document that is enough. */
  seek(sought: Sought, isEnough?: (document: number) => boolean): Promise<void>
}

/** How many documents more have their keys made in the background, each time that a request had to be searched for. */
const AHEAD = 32

/**
 * Searching takes a tenth of a second in 100 MB, making all keys minutes or seconds: the first requests do not wait for that, and
 * after many of them nothing is left to search for.
 */
export function createDerivedKeys(source: RequestSource, keysBy: (request: RecordedRequest) => MatchKeys): DerivedKeys {
  const known: (MatchKeys | undefined)[] = []
  const groups = { exact: createGroups(), shape: createGroups() }
  const searched = { exact: new Map<string, number>(), shape: new Map<string, number>() }
  /** All before it are known, and all before the goal are to be. */
  let [prefix, goal] = [0, 0]
  let isGoingOn = false

  async function derive(document: number): Promise<MatchKeys> {
    return known[document] ?? note(document, await source.request(document))
  }

  function note(document: number, request: RecordedRequest): MatchKeys {
    const meanwhile = known[document]
    if (meanwhile) return meanwhile
    const keys = keysBy(request)
    known[document] = keys
    groups.exact.add(keys.exact, document)
    if (keys.shape !== keys.exact) groups.shape.add(keys.shape, document)
    while (known[prefix]) prefix += 1
    return keys
  }

  async function goOn(): Promise<void> {
    goal = Math.min(Math.max(goal, prefix) + AHEAD, source.size())
    if (isGoingOn) return
    isGoingOn = true
    try {
      for await (const { document, read } of source.requests(prefix)) {
        if (prefix >= goal || !source.isCurrent()) break
        if (!known[document]) note(document, read())
      }
    } catch {
      // Whoever asks for that document is told what is wrong with it.
    } finally {
      isGoingOn = false
    }
  }

  const reach = (kind: KeyKind, key: string): number => Math.max(prefix, searched[kind].get(key) ?? 0)

  return {
    get: (kind, key) => groups[kind].get(key),
    keysOf: (document) => known[document],
    reach,
    derive,
    async seek({ kind, key, comparable }, isEnough = () => false) {
      const size = source.size()
      const from = reach(kind, key)
      for await (const document of source.search(from, needlesOf(comparable))) {
        if (document >= size) break
        const keys = await derive(document)
        if (keys[kind] !== key || !isEnough(document)) continue
        searched[kind].set(key, document + 1)
        return void goOn()
      }
      searched[kind].set(key, size)
      void goOn()
    }
  }
}
