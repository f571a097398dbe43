/** Answers the addresses that say whether the proxy runs: `/`, `/health` and `/_proxy/health`. */
import type { LedgerStatus } from '../metering/failover-ledger.ts'
import { jsonResponse, type HttpRequest, type HttpResponse } from '../http/message.ts'

/** What `/_proxy/health` tells. */
export interface HealthFacts {
  readonly mode: string
  readonly version: string
  /** Milliseconds since the proxy started. */
  readonly uptimeMs: () => number
  /** How a shared ledger is; `undefined` where there is none. */
  readonly ledger?: (() => LedgerStatus) | undefined
}

/** @returns the answer, or `undefined` where the request asks for something else */
export function createHealth({
  mode,
  version,
  uptimeMs,
  ledger
}: HealthFacts): (request: Pick<HttpRequest, 'method' | 'url'>) => HttpResponse | undefined {
  const answers = new Map<string, () => object>([
    ['/', () => ({ status: 'ok', message: 'OpenAI Proxy is running' })],
    ['/health', () => ({ status: 'healthy', message: 'Proxy server is running' })],
    [
      '/_proxy/health',
      () => ({
        status: 'healthy',
        mode,
        version,
        uptime_seconds: Math.floor(uptimeMs() / 1000),
        ...(ledger ? { ledger: ledger() } : {})
      })
    ]
  ])
  return ({ method, url }) => {
    if (method !== 'GET' && method !== 'HEAD') return undefined
    const answer = answers.get(url.split('?', 1)[0]!)
    return answer && jsonResponse(200, answer())
  }
}
