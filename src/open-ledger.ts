/** Opens the ledger where the settings want it: in memory, in a file, in Redis. */
import type { Config } from './config/config.ts'
import { withFailure, type LedgerStatus } from './metering/failover-ledger.ts'
import { openFileLedger } from './metering/file-ledger.ts'
import type { Ledger } from './metering/ledger.ts'
import { createMemoryLedger } from './metering/memory-ledger.ts'
import { RATE_PERIODS } from './metering/rates.ts'
import { connectRedisLedger } from './metering/redis-ledger.ts'

/** A ledger, and how it is. */
export interface OpenLedger {
  readonly ledger: Ledger
  /** `undefined` where it cannot be away. */
  readonly state?: () => LedgerStatus
}

/** Whether counts are kept where other processes reach them too. */
export function isShared(place: string): boolean {
  return /^rediss?:\/\//.test(place)
}

/**
 * A file is only opened where there is a budget, or a rate whose window is longer than a restart.
 * @throws `LedgerError` where the file is in use or Redis cannot be reached
 */
export async function openLedger(
  { ledger: place, ledgerFailure, budget, rateLimit, proxyTokens }: Config,
  report: (line: string) => void
): Promise<OpenLedger> {
  if (isShared(place)) {
    const told = ({ state, reason }: LedgerStatus): void => {
      const policy = ledgerFailure === 'open' ? 'calls are counted in this process' : 'calls are refused'
      report(state === 'ok' ? 'The ledger can be reached again.' : `The ledger cannot be reached, so ${policy}: ${reason}`)
    }
    const ledger = withFailure(await connectRedisLedger({ url: place }), createMemoryLedger(), ledgerFailure, told)
    return { ledger, state: () => ledger.state() }
  }
  const rates = [...(rateLimit ?? []), ...(proxyTokens ?? []).flatMap((token) => token.rateLimit ?? [])]
  const isLong = rates.some((rate) => rate.unit !== 'concurrent' && RATE_PERIODS[rate.period] >= RATE_PERIODS.hour)
  if (place === 'memory' || (budget === undefined && !isLong)) return { ledger: createMemoryLedger() }
  return { ledger: await openFileLedger({ file: place, now: () => Date.now() }) }
}
