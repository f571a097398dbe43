/** The exchanges under way, and how the proxy ends them when it closes. */

/** The reason of a signal: not the client left, but the proxy closes. */
export class ProxyClosing extends Error {
  constructor() {
    super('The proxy is closing.')
    this.name = 'ProxyClosing'
  }
}

export interface Running {
  /** Whether any exchange is under way. */
  isBusy(): boolean
  /**
   * Counts an exchange as under way.
   * @param client aborted when the client leaves
   * @returns aborted then too, and with {@link ProxyClosing} when the exchange is to end
   */
  begin(id: string, client: AbortSignal): AbortSignal
  /** The exchange is settled. */
  end(id: string): void
  /** Ends every exchange, those that are still to come at once. */
  stop(): void
}

export function createRunning(): Running {
  const endings = new Map<string, () => void>()
  let stopped = false
  return {
    isBusy: () => endings.size > 0,
    begin(id, client) {
      const aborter = new AbortController()
      const leave = (): void => aborter.abort(client.reason)
      endings.set(id, () => aborter.abort(new ProxyClosing()))
      if (client.aborted) leave()
      else client.addEventListener('abort', leave, { once: true })
      if (stopped) aborter.abort(new ProxyClosing())
      return aborter.signal
    },
    end: (id) => void endings.delete(id),
    stop() {
      stopped = true
      for (const end of endings.values()) end()
    }
  }
}
