/** What the first process and its workers ask each other. */
import type { MetricsValues } from '../inspector/metrics.ts'
import type { Ledger } from '../metering/ledger.ts'
import type { PackedReservation, PackedReserved, PackedSettlement } from './packed.ts'

/** What a worker must know before it starts. */
export interface WorkerOrder {
  /** Names this run in budgets that hold for one. */
  readonly runId: string
  /** Whether the counts are kept by the first process; else the worker opens what the settings name. */
  readonly lendsLedger: boolean
  /** The one that tells what concerns all of them. */
  readonly isFirst: boolean
}

/** What is known once a worker listens. */
export interface Started {
  readonly url: string
  readonly openaiBaseURL: string
  readonly anthropicBaseURL: string
  readonly rules: readonly string[]
}

/** A worker that could not start. */
export interface StartFailure {
  readonly message: string
  readonly code: string | undefined
}

/** What a worker may ask of the first process. */
export interface FirstAnswers extends Pick<Ledger, 'take' | 'used'> {
  reserve(reservation: PackedReservation): Promise<PackedReserved>
  /** @returns what the named accounts hold now, each behind its name */
  settle(settlement: PackedSettlement): Promise<readonly (string | number)[]>
  order(): Promise<WorkerOrder>
  started(facts: Started): Promise<void>
  failed(failure: StartFailure): Promise<void>
  /** The counts of all workers together, in Prometheus' text format. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>
}

/** What the first process may ask of a worker. */
export interface WorkerAnswers {
  /** Its own counts. */
  values(): Promise<MetricsValues>
  /** Closes in good order; the answer comes when all is closed. */
  close(): Promise<void>
}
