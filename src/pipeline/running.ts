/** The exchanges under way, and how the proxy ends them when it closes. */
import type { Canceller, CancelSignal } from '../http/cancel.ts'

/** The reason of a signal: not the client left, but the proxy closes. */
export class ProxyClosing extends Error {
  constructor() {
    super('The proxy is closing.')
    this.name = 'ProxyClosing'
  }
}

/** Whether the client has left: the exchange's own end, when the proxy closes, aborts its signal too. */
export function hasLeft({ aborted, reason }: CancelSignal): boolean {
  return aborted && !(reason instanceof ProxyClosing)
}

export interface Running {
  /** Whether any exchange is under way. */
  isBusy(): boolean
  /**
   * Counts an exchange as under way.
   * @param client aborted by the door when the client leaves, and here with {@link ProxyClosing} when the exchange is to end
   */
  begin(id: string, client: Canceller): void
  /** The exchange is settled. */
  end(id: string): void
  /** Ends every exchange, those that are still to come at once. */
  stop(): void
}

export function createRunning(): Running {
  const exchanges = new Map<string, Canceller>()
  let stopped = false
  return {
    isBusy: () => exchanges.size > 0,
    begin(id, client) {
      exchanges.set(id, client)
      if (stopped) client.abort(new ProxyClosing())
    },
    end: (id) => void exchanges.delete(id),
    stop() {
      stopped = true
      for (const client of exchanges.values()) client.abort(new ProxyClosing())
    }
  }
}
