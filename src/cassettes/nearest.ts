/** Of the recordings that are most like a request, finds the nearest by structure, and says what differs. */
import type { Difference, RecordedRequest } from './interaction.ts'
import { canonicalJson, type Json } from '../http/json.ts'
import { countAlike, findChanges, type Change } from './matching/changes.ts'
import { toComparable, type Comparable } from './matching/comparable.ts'
import { describeChanges } from './matching/describe.ts'
import { withoutIds } from './matching/ids.ts'
import { proposeRules } from './matching/proposals.ts'
import type { MatchRules } from './matching/rules.ts'

/** The nearest recording. */
export interface Nearest {
  /** Its place among the candidates. */
  readonly index: number
  /** At most five, those that matter. */
  readonly differences: readonly Difference[]
  /** The smaller, the more alike: by what differs, then by how much of the text does not. */
  readonly distance: number
  /** Rules under which it would fit; `undefined` where what differs is not to be passed over. */
  readonly rules: { readonly ignore: readonly string[]; readonly normalise: readonly string[] } | undefined
}

/**
 * @param candidates the likeliest recordings; few, since each is compared in full
 * @param rules what they leave out does not differ
 */
export function findNearest(
  wanted: RecordedRequest,
  candidates: readonly RecordedRequest[],
  rules: MatchRules
): Nearest | undefined {
  const reduce = (request: RecordedRequest): Comparable => rules.apply(toComparable(request, rules.headers))
  const after = reduce(wanted)
  const nearest = candidates
    .map((request, index) => compare(reduce(request), after, index))
    .toSorted((a, b) => a.distance - b.distance || a.index - b.index)[0]
  if (!nearest) return undefined
  const proposed = proposeRules(nearest.changes)
  const isNarrow = proposed.refused.length === 0 && nearest.changes.length > 0
  return {
    index: nearest.index,
    distance: nearest.distance,
    differences: describeChanges(nearest.changes),
    rules: isNarrow ? { ignore: proposed.ignore, normalise: proposed.normalise } : undefined
  }
}

interface Compared {
  readonly index: number
  readonly changes: readonly Change[]
  readonly distance: number
}

function compare(before: Comparable, after: Comparable, index: number): Compared {
  // Ids that clients make are no difference, unless nothing else is.
  const changes = findChanges(withoutIds(before), withoutIds(after)).map((change) => withValue(change, { before, after }))
  const wanted = canonicalJson(after.body.value)
  const unlike = 1 - countAlike(canonicalJson(before.body.value), wanted) / (wanted.length + 1)
  return { index, distance: weigh(changes) + unlike, changes: changes.length > 0 ? changes : findChanges(before, after) }
}

/** What came or went is told as it is, its ids with it. */
function withValue(change: Change, { before, after }: { readonly before: Comparable; readonly after: Comparable }): Change {
  if (change.area !== 'body' || (change.kind !== 'added' && change.kind !== 'removed')) return change
  const whole = (change.kind === 'added' ? after : before).body.value
  const value = change.path.reduce<unknown>((holder, step) => (holder as Readonly<Record<string | number, unknown>>)[step], whole)
  return { ...change, value: value as Json }
}

/** Another method or path is another call, however alike the rest is. */
function weigh(changes: readonly Change[]): number {
  return changes.reduce((sum, { area }) => sum + (area === 'method' || area === 'path' ? 1001 : 1), 0)
}
