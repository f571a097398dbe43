/** Sums up what happened in a session. */
import type { InteractionUse } from '../cassettes/interaction.ts'
import type { ActiveFault } from '../faults/faults.ts'
import type { LogEntry } from '../log/log-entry.ts'
import type { Mode } from '../pipeline/source.ts'
import type { SessionCounts, SessionReport, SessionTest } from './session.ts'

export interface ReportFacts {
  readonly id: string
  readonly title: string
  readonly test?: SessionTest | undefined
  readonly cassette: string
  readonly mode: Mode
  readonly unused: readonly InteractionUse[]
  readonly failedCassette: string | undefined
  readonly exchanges: readonly LogEntry[]
  readonly faults?: readonly ActiveFault[]
}

/** The word for one exchange. */
export function wayOf({ source, outcome, verdict, error, fault }: LogEntry, mode: Mode): keyof SessionCounts {
  if (error?.code === 'cassette_miss') return 'missed'
  if (verdict.kind === 'block') return 'blocked'
  if (outcome !== 'complete') return 'failed'
  if (source === 'tape') return 'replayed'
  // What a fault struck is never recorded.
  if (source === 'proxy' || (fault !== undefined && mode !== 'live')) return 'failed'
  return mode === 'live' ? 'live' : 'recorded'
}

export function reportOf({ failedCassette, test, faults = [], ...facts }: ReportFacts): SessionReport {
  const counts = { replayed: 0, recorded: 0, live: 0, blocked: 0, missed: 0, failed: 0 }
  const cost = { usd: 0, savedUsd: 0, complete: true }
  for (const entry of facts.exchanges) {
    const way = wayOf(entry, facts.mode)
    counts[way] += 1
    if (entry.source === 'proxy') continue
    if (entry.cost) cost[entry.source === 'tape' ? 'savedUsd' : 'usd'] += entry.cost.usd
    // What names no model runs none, and providers charge nothing for what they refuse.
    else if (entry.model !== undefined && (entry.status ?? 0) < 400) cost.complete = false
    if (entry.cost?.complete === false) cost.complete = false
  }
  const shown = faults.map(({ text, seed, fitted, struck }) => ({ text, seed, fitted, struck }))
  return {
    ...facts,
    counts,
    cost,
    ...(test === undefined ? {} : { test }),
    ...(shown.length === 0 ? {} : { faults: shown }),
    ...(failedCassette === undefined ? {} : { failedCassette })
  }
}
