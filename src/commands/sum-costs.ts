/** Sums the costs of log entries, by day, model, token or cassette. Pure. */
import type { CostOptions } from '../config/command-line.ts'
import type { LogEntry } from '../log/log-entry.ts'
import type { Pricing } from './price-entry.ts'

export interface Sum {
  /** The day (UTC), the model, the token's name, or the cassette. */
  readonly name: string
  /** Calls that went to the real APIs. */
  readonly calls: number
  /** Of those calls. */
  readonly inputTokens: number
  readonly outputTokens: number
  readonly spentUsd: number
  /** Calls that were answered from a cassette. */
  readonly replayed: number
  /** What those would have cost. */
  readonly savedUsd: number
  /** Answered calls to the real APIs without a whole price: none is known, or the answer ended early. */
  readonly unpriced: number
}

export interface CostReport {
  /** In the order of their names. */
  readonly rows: readonly Sum[]
  readonly total: Omit<Sum, 'name'>
}

/** Whole numbers, so that sums are exact. */
interface Counts {
  calls: number
  inputTokens: number
  outputTokens: number
  spentMicroUsd: number
  replayed: number
  savedMicroUsd: number
  unpriced: number
}

export function createSums(by: CostOptions['by'], price: Pricing): { add(entry: LogEntry): void; report(): CostReport } {
  const groups = new Map<string, Counts>()
  const total = zero()
  return {
    add(entry) {
      // The proxy's own answers cost nothing.
      if (entry.source === 'proxy') return
      const name = nameOf(entry, by)
      const group = groups.get(name) ?? zero()
      groups.set(name, group)
      for (const counts of [group, total]) count(counts, entry, price(entry))
    },
    report: () => ({
      rows: [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, counts]) => ({ name, ...shown(counts) })),
      total: shown(total)
    })
  }
}

function nameOf({ time, model, caller, cassette }: LogEntry, by: CostOptions['by']): string {
  switch (by) {
    case 'day':
      return new Date(time).toISOString().slice(0, 10)
    case 'model':
      return model ?? '(no model)'
    case 'token':
      return caller ?? '(no token)'
    case 'cassette':
      return cassette ?? '(no cassette)'
  }
}

function count(counts: Counts, { source, usage, status, model }: LogEntry, price: ReturnType<Pricing>): void {
  if (source === 'tape') {
    counts.replayed += 1
    counts.savedMicroUsd += price?.microUsd ?? 0
    return
  }
  counts.calls += 1
  counts.inputTokens += usage?.inputTokens ?? 0
  counts.outputTokens += usage?.outputTokens ?? 0
  counts.spentMicroUsd += price?.microUsd ?? 0
  // A call that named no model and told no tokens (a list, a file) has no price to know.
  const mayCost = (usage !== undefined || model !== undefined) && (status ?? 500) < 400
  if (mayCost && (price?.complete !== true || usage?.partial)) counts.unpriced += 1
}

function zero(): Counts {
  return { calls: 0, inputTokens: 0, outputTokens: 0, spentMicroUsd: 0, replayed: 0, savedMicroUsd: 0, unpriced: 0 }
}

function shown({
  spentMicroUsd,
  savedMicroUsd,
  calls,
  inputTokens,
  outputTokens,
  replayed,
  unpriced
}: Counts): Omit<Sum, 'name'> {
  const spentUsd = spentMicroUsd / 1_000_000
  const savedUsd = savedMicroUsd / 1_000_000
  return { calls, inputTokens, outputTokens, spentUsd, replayed, savedUsd, unpriced }
}
