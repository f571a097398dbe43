/** The price of a log entry: as it was logged, or by the list of prices where the log has none. */
import type { LogEntry } from '../log/log-entry.ts'
import { priceOf } from '../metering/cost.ts'
import { loadPriceList, type OwnPrice } from '../metering/prices.ts'

/** What an entry has cost, or would have. */
export interface EntryPrice {
  /** Whole micro-USD. */
  readonly microUsd: number
  readonly complete: boolean
}

/** `undefined`: nobody knows. */
export type Pricing = (entry: LogEntry) => EntryPrice | undefined

/**
 * Entries of earlier versions have tokens and no price: they are priced by the list, as of their day.
 * @param prices the user's own, which count before those of the list
 */
export async function createPricing(prices: readonly OwnPrice[] | undefined): Promise<Pricing> {
  const list = await loadPriceList()
  return ({ cost, usage, model, provider, time }) => {
    if (cost) return { microUsd: Math.round(cost.usd * 1_000_000), complete: cost.complete }
    if (!usage || model === undefined) return undefined
    return priceOf({ list, provider, model, usage, prices, at: Date.parse(time) })
  }
}
