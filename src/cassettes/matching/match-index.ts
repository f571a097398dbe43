/** Finds documents by what they are equal in: everything, everything that the rules count, or that but for ids. */
import type { RecordedRequest } from '../interaction.ts'
import { comparableKey, type MatchKeys } from '../key.ts'
import { toComparable, type Comparable } from './comparable.ts'
import { createDerivedKeys, type DerivedKeys, type RequestSource, type Sought } from './derived-keys.ts'
import { createGroups, type Documents } from './groups.ts'
import { renameIds, type FoundId, type Renamed } from './ids.ts'
import { ruledKeys } from './ruled-keys.ts'
import type { MatchRules } from './rules.ts'

/** A request, and what it is found by. */
export interface Wanted {
  readonly request: RecordedRequest
  /** Of the keys in the file. */
  readonly fileKey: string
  readonly exact: Sought
  /** `undefined` where ids must be what was recorded, or there is none in it. Worked out when it is first asked for: few need it. */
  shape(): Sought | undefined
  /** Its ids. */
  ids(): readonly FoundId[]
}

/** Equal documents; `exact`: those of them that are equal in all that cassettes compare without rules. */
export interface Equal {
  readonly documents: Documents
  readonly exact: Documents
}

/** What is known answers at once; `undefined`: more must be read before it can be told. */
export interface MatchIndex {
  /** Adds the next document, by the keys in the file. */
  add(keys: MatchKeys): void
  describe(request: RecordedRequest): Wanted
  /** @param isWanted what is looked for: documents behind the first such one need not be known */
  equal(wanted: Wanted, isWanted: (document: number) => boolean): Equal | undefined
  /** Equal but for ids. */
  alike(wanted: Wanted): Documents | undefined
  /** The ids of a document's request, in the order of the ids of whoever is alike. */
  idsOf(document: number): readonly FoundId[] | undefined
  /** Reads what {@link equal} needs. */
  readEqual(wanted: Wanted, isWanted: (document: number) => boolean): Promise<void>
  /** Reads what {@link alike} and {@link idsOf} need. */
  readAlike(wanted: Wanted): Promise<void>
}

const NONE: Documents = []

/**
 * A request that was described, and by which index. It carries that itself: a `WeakMap` holds its values through every small collection of
 * garbage, so that each request would grow old first.
 */
interface Described extends RecordedRequest {
  described?: { readonly by: object; readonly wanted: Wanted }
}

/** Without rules, every cassette looks for the same: many may be asked for one request. */
const PLAINLY = {}

export function createMatchIndex(rules: MatchRules, source: RequestSource): MatchIndex {
  const byFileKey = createGroups()
  const byFileShape = createGroups()
  const ids = new Map<number, readonly FoundId[]>()
  let size = 0

  const reduce = (request: RecordedRequest): Comparable => rules.apply(toComparable(request, rules.headers))

  const derived: DerivedKeys = createDerivedKeys(source, (request) => ruledKeys(request, rules))

  const by = rules.isPlain && rules.ids !== 'exact' ? PLAINLY : rules

  function describe(request: Described): Wanted {
    const known = request.described
    // A copy of a request with something changed in it is another one.
    if (known?.by === by && known.wanted.request === request) return known.wanted
    const wanted = work(request)
    request.described = { by, wanted }
    return wanted
  }

  function work(request: RecordedRequest): Wanted {
    const whole = toComparable(request, rules.headers)
    const comparable = rules.apply(whole)
    const exact: Sought = { kind: 'exact', key: comparableKey(comparable), comparable }
    // Headers that count are not in the keys of the file.
    const fileKey = rules.isPlain ? exact.key : comparableKey({ ...whole, headers: [] })
    let renamed: Renamed | undefined
    const rename = (): Renamed => (renamed ??= rules.ids === 'exact' ? { comparable, ids: [] } : renameIds(comparable))
    let shape: Sought | undefined
    const shapeOf = ({ comparable: own }: Renamed): Sought => ({ kind: 'shape', key: comparableKey(own), comparable: own })
    return {
      request,
      fileKey,
      exact,
      ids: () => rename().ids,
      shape: () => (rename().ids.length === 0 ? undefined : (shape ??= shapeOf(rename())))
    }
  }

  /** Documents that are equal without rules, and by them (headers may count). */
  function exactlyEqual({ fileKey, exact }: Wanted): Documents | undefined {
    const keys = byFileKey.get(fileKey).map((document) => [document, derived.keysOf(document)?.exact] as const)
    if (keys.some(([, key]) => key === undefined)) return undefined
    return keys.filter(([, key]) => key === exact.key).map(([document]) => document)
  }

  return {
    describe,
    add(keys) {
      byFileKey.add(keys.exact, size)
      if (keys.shape !== keys.exact) byFileShape.add(keys.shape, size)
      size += 1
    },
    equal(wanted, isWanted) {
      if (rules.isPlain) {
        const documents = byFileKey.get(wanted.fileKey)
        return { documents, exact: documents }
      }
      const exact = exactlyEqual(wanted)
      if (!exact) return undefined
      const documents = derived.get('exact', wanted.exact.key)
      const reach = derived.reach('exact', wanted.exact.key)
      const isTold =
        reach >= size || exact.some(isWanted) || documents.some((document) => document <= reach && isWanted(document))
      return isTold ? { documents, exact } : undefined
    },
    alike(wanted) {
      const shape = wanted.shape()
      if (!shape) return NONE
      const isKnown = rules.isPlain || derived.reach('shape', shape.key) >= size
      if (!isKnown) return undefined
      const documents = rules.isPlain ? byFileShape.get(shape.key) : derived.get('shape', shape.key)
      return documents.every((document) => ids.has(document)) ? documents : undefined
    },
    idsOf: (document) => ids.get(document),
    async readEqual(wanted, isWanted) {
      for (const document of byFileKey.get(wanted.fileKey)) await derived.derive(document)
      if (!exactlyEqual(wanted)?.some(isWanted)) await derived.seek(wanted.exact, isWanted)
    },
    async readAlike(wanted) {
      const shape = wanted.shape()
      if (!shape) return
      if (!rules.isPlain) await derived.seek(shape)
      const documents = rules.isPlain ? byFileShape.get(shape.key) : derived.get('shape', shape.key)
      for (const document of documents) {
        if (!ids.has(document)) ids.set(document, renameIds(reduce(await source.request(document))).ids)
      }
    }
  }
}
