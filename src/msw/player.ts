/** The contract of what answers behind the handlers: a proxy without a port, in Node or in a page. */
import type { CassetteUse } from '../cassettes/use.ts'
import type { LogEntry } from '../log/log-entry.ts'
import type { ProxyFaults } from '../open-faults.ts'
import type { Mode } from '../pipeline/source.ts'

export interface Player extends Pick<ProxyFaults, 'fault'> {
  readonly fetch: typeof globalThis.fetch
  readonly mode: Mode
  /** Redacted, oldest first. */
  readonly exchanges: readonly LogEntry[]
  /** The rules in force, one line each. */
  readonly rules: readonly string[]
  readonly cassettes: readonly CassetteUse[]
  /** When everything that was asked so far is answered, and recorded. */
  idle(): Promise<void>
  close(): Promise<void>
}
