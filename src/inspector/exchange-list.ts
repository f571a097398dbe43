/** Keeps the last exchanges for `proxy.exchanges`: redacted when they are looked at, not while they happen. */
import type { Exchange } from '../pipeline/exchange.ts'
import type { Sink } from '../pipeline/ports.ts'

/** The last exchanges, oldest first. */
export interface ExchangeList<View> {
  readonly sink: Sink
  all(): readonly View[]
}

/**
 * @param limit most exchanges that are kept; 0 keeps none
 * @param view what a reader gets to see of one
 */
export function createExchangeList<View>(limit: number, view: (exchange: Exchange) => View): ExchangeList<View> {
  const kept: Exchange[] = []
  const views = new WeakMap<Exchange, View>()
  return {
    sink: {
      name: 'list of exchanges',
      immediate: true,
      settle(exchange) {
        if (limit === 0) return
        if (kept.length === limit) kept.shift()
        kept.push(exchange)
      }
    },
    all: () =>
      kept.map((exchange) => {
        const seen = views.get(exchange) ?? view(exchange)
        views.set(exchange, seen)
        return seen
      })
  }
}
