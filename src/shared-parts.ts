/** What one of several processes of a proxy has in common with the others, and what it cannot answer alone. */
import type { AdminAnswers } from './inspector/admin.ts'
import type { Metrics } from './inspector/metrics.ts'
import type { Ledger } from './metering/ledger.ts'
import { invalid } from './pipeline/errors.ts'
import { Refused } from './pipeline/refused.ts'

export interface SharedParts {
  /** Names the run of all of them in budgets that hold for one. */
  readonly runId: string
  /** What all count in; `undefined`: what the settings name is shared by itself. */
  readonly ledger: Ledger | undefined
  /** The counts of all of them together. */
  readonly metrics: Pick<Metrics, 'text'>
}

/** A session lives in one process, and its client's next connection may reach another. */
export const refuseSessions: AdminAnswers = ({ url }) => {
  if (!url.startsWith('/_proxy/sessions')) return undefined
  throw new Refused(
    invalid(409, 'sessions_need_one_process', 'Sessions need a proxy of one process. Start it without --workers.')
  )
}
