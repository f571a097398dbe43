/** What happened in a run: what was replayed, recorded, refused and missed, by test and by cassette, and which recordings answered nothing. */
import { groupBy } from '../group-by.ts'
import type { InteractionUse } from '../cassettes/interaction.ts'
import type { CassetteUse } from '../cassettes/use.ts'
import type { LogEntry } from '../log/log-entry.ts'
import type { Mode } from '../pipeline/source.ts'
import type { Proxy } from '../proxy.ts'
import { wayOf } from '../sessions/report.ts'
import type { SessionCounts, SessionSummary, SessionTest } from '../sessions/session.ts'

export interface RunFacts {
  readonly counts: SessionCounts
  /** What the recorded answers would have cost, in USD. */
  readonly savedUsd: number
  readonly calls: readonly RunCall[]
  /** By cassette, in the order of their names. */
  readonly unused: readonly UnusedFile[]
}

/** One exchange of a run. */
export interface RunCall {
  readonly way: keyof SessionCounts
  readonly entry: LogEntry
  /** The test that made it, where its session says so. */
  readonly test: SessionTest | undefined
}

/** A cassette of which something answered nothing. */
export interface UnusedFile {
  readonly file: string
  /** How many recordings it holds; `undefined` where only sessions have read it. */
  readonly size: number | undefined
  /** Whether nothing of it was used. */
  readonly isWhole: boolean
  readonly recordings: readonly InteractionUse[]
}

/** What a proxy tells of its run. */
export type ToldProxy = Pick<Proxy, 'exchanges' | 'cassettes' | 'sessions'>

export function runFacts({ exchanges, cassettes, sessions }: ToldProxy, mode: Mode): RunFacts {
  const bySession = new Map(sessions.map((session) => [session.id, session]))
  const calls = exchanges.map((entry): RunCall => {
    const session = bySession.get(entry.session ?? '')
    return { way: wayOf(entry, session?.mode ?? mode), entry, test: session?.test }
  })
  const counts = { replayed: 0, recorded: 0, live: 0, blocked: 0, missed: 0, failed: 0 }
  for (const { way } of calls) counts[way] += 1
  const savedUsd = calls.reduce((sum, { entry }) => sum + (entry.source === 'tape' ? (entry.cost?.usd ?? 0) : 0), 0)
  return { counts, savedUsd, calls, unused: unusedOf(cassettes, sessions) }
}

/** A recording is unused where nobody who read its cassette was answered by it: one cassette may be played by several sessions. */
function unusedOf(cassettes: readonly CassetteUse[], sessions: readonly SessionSummary[]): UnusedFile[] {
  const readings = [
    ...cassettes.map(({ name, size, used, unused }) => ({ file: name, size, used: used.length, unused })),
    ...sessions
      .filter(({ mode }) => mode !== 'live')
      .map(({ cassette, counts, unused }) => ({
        file: cassette,
        size: undefined,
        used: counts.replayed + counts.recorded,
        unused
      }))
  ]
  const files = groupBy(readings, ({ file }) => file)
  return [...files]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([file, read]) => {
      const recordings = read[0]!.unused.filter(({ place }) =>
        read.every(({ unused }) => unused.some((other) => other.place === place))
      )
      const size = read.find((one) => one.size !== undefined)?.size
      return recordings.length === 0 ? [] : [{ file, size, isWhole: read.every(({ used }) => used === 0), recordings }]
    })
}
