/** Learns from two recordings of one run what changes by itself, and proposes the narrowest rules under which they are equal. */
import type { RecordedRequest } from './interaction.ts'
import { comparableKey } from './key.ts'
import { findChanges, type Change } from './matching/changes.ts'
import { toComparable, type Comparable } from './matching/comparable.ts'
import { renameIds, withoutIds } from './matching/ids.ts'
import { proposeRules, type Refusal } from './matching/proposals.ts'
import { compileRules, type MatchRules, type MatchSettings } from './matching/rules.ts'

export interface Learned {
  /** How many requests of the one were found again in the other. */
  readonly pairs: number
  /** How many of them are not equal. */
  readonly changed: number
  readonly ignore: readonly string[]
  readonly normalise: readonly string[]
  /** Changes that no rule should pass over. */
  readonly refused: readonly Refusal[]
  /** Requests that have no other, by their number from 0: the runs did different things. */
  readonly alone: { readonly first: readonly number[]; readonly second: readonly number[] }
  /** How many requests of the first recording are equal to one before them under the rules, and were not without. */
  readonly merged: number
}

/** With how many requests of the other recording one that changed is compared. */
const COMPARED = 40

/** @param settings rules that are in force already: what they leave out did not change */
export function learnRules(
  first: readonly RecordedRequest[],
  second: readonly RecordedRequest[],
  settings: readonly MatchSettings[]
): Learned {
  const reduceAll = (requests: readonly RecordedRequest[], rules: MatchRules): Comparable[] =>
    requests.map((request) => rules.apply(toComparable(request, rules.headers)))
  const before = compileRules(...settings)
  const { pairs, alone } = pairRequests(reduceAll(first, before), reduceAll(second, before))
  const { ignore, normalise, refused } = proposeRules(pairs.flatMap(({ changes }) => changes))
  const after = compileRules(...settings, { ignore, normalise })
  const [one, other] = [reduceAll(first, after), reduceAll(second, after)]
  const unexplained = pairs.filter(({ i, j }) => keyOf(one[i]!) !== keyOf(other[j]!))
  const isTold = refused.length > 0 || unexplained.length === 0
  return {
    pairs: pairs.length,
    changed: pairs.filter(({ changes }) => changes.length > 0).length,
    ignore,
    normalise,
    refused: isTold ? refused : [{ place: 'request', why: 'what changed is not covered by any rule' }],
    alone,
    merged: countEqual(one) - countEqual(reduceAll(first, before))
  }
}

/** Two requests of one call, and what changed between them. */
interface Pair {
  readonly i: number
  readonly j: number
  readonly changes: readonly Change[]
}

/** Equal requests are pairs, in order; of the others, those that differ in least. */
function pairRequests(
  first: readonly Comparable[],
  second: readonly Comparable[]
): { readonly pairs: readonly Pair[]; readonly alone: Learned['alone'] } {
  const free = new Map(second.map((_, j) => [j, keyOf(second[j]!)]))
  const pairs: Pair[] = []
  const others: number[] = []
  const waiting = groupByKey(second)
  for (const [i, comparable] of first.entries()) {
    const j = waiting.get(keyOf(comparable))?.shift()
    if (j === undefined) others.push(i)
    else {
      free.delete(j)
      pairs.push({ i, j, changes: [] })
    }
  }
  const alone: number[] = []
  for (const i of others) {
    const best = findPartner(first[i]!, second, [...free.keys()])
    if (!best) alone.push(i)
    else {
      free.delete(best.j)
      pairs.push({ i, ...best })
    }
  }
  return { pairs, alone: { first: alone, second: [...free.keys()] } }
}

function findPartner(
  wanted: Comparable,
  requests: readonly Comparable[],
  free: readonly number[]
): { readonly j: number; readonly changes: readonly Change[] } | undefined {
  const plain = withoutIds(wanted)
  const sameAddress = free.filter((j) => {
    const { method, path } = withoutIds(requests[j]!)
    return method === plain.method && path === plain.path
  })
  return sameAddress
    .slice(0, COMPARED)
    .map((j) => ({ j, changes: findChanges(plain, withoutIds(requests[j]!)) }))
    .toSorted((a, b) => a.changes.length - b.changes.length || a.j - b.j)[0]
}

/** Equal for requests that are equal but for ids. */
function keyOf(comparable: Comparable): string {
  return comparableKey(renameIds(comparable).comparable)
}

function groupByKey(requests: readonly Comparable[]): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const [place, request] of requests.entries()) {
    const key = keyOf(request)
    groups.set(key, [...(groups.get(key) ?? []), place])
  }
  return groups
}

function countEqual(requests: readonly Comparable[]): number {
  return requests.length - new Set(requests.map(keyOf)).size
}
