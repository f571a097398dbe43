/** Opens the way to the real APIs, for the first call: a replay needs none. */
import { randomUUID } from 'node:crypto'
import type { Config } from './config/config.ts'
import { isLoopback } from './config/loopback.ts'
import { UpstreamError, type Upstream } from './pipeline/ports.ts'
import { modeRules } from './pipeline/source.ts'
import type { ApiName } from './providers/provider.ts'
import { systemTurns } from './system-clock.ts'
import { withCredentials } from './upstream/credentials.ts'

/** An upstream that loads its client when it is first called, or at once where calls are certain. */
export function openUpstream(config: Config): Upstream {
  let loading: Promise<Upstream> | undefined
  const load = (): Promise<Upstream> => (loading ??= loadUpstream(config))
  // What goes wrong is told by the first call.
  if (config.mode !== 'once' && modeRules(config.mode, false).calls) load().catch(() => undefined)
  return {
    async send(provider, ...call) {
      if (config.network === 'loopback') assertLoopback(baseUrls(config)[provider])
      return (await load()).send(provider, ...call)
    },
    close: async () => (await loading?.catch(() => undefined))?.close()
  }
}

async function loadUpstream(config: Config): Promise<Upstream> {
  const { createUpstream } = await import('./upstream/client.ts')
  const keys = { openai: config.openaiApiKey, anthropic: config.anthropicApiKey }
  return createUpstream({
    baseUrls: baseUrls(config),
    organization: config.openaiOrgId,
    maskNetwork: config.maskNetwork,
    browserProfile: config.browserProfile,
    profiles: config.browserProfiles,
    timeoutMs: config.upstreamTimeout * 1000,
    pickProfile: () => Math.random(),
    newId: () => randomUUID(),
    together: systemTurns.gate(),
    dress: (provider, headers) => withCredentials(provider, headers, keys)
  })
}

function baseUrls({ openaiApiBaseUrl, anthropicApiBaseUrl }: Config): Record<ApiName, string> {
  return { openai: openaiApiBaseUrl, anthropic: anthropicApiBaseUrl }
}

/** Throws `UpstreamError`. */
function assertLoopback(baseUrl: string): void {
  const { hostname } = new URL(baseUrl)
  if (isLoopback(hostname.replace(/^\[(.*)\]$/, '$1'))) return
  throw new UpstreamError(
    'upstream_forbidden',
    `CI is set, so nothing is sent to ${hostname} unless that was asked for: nothing was sent. Answer from recordings ` +
      '(--replay, or a cassette), or ask for it: --mode live, OPENAI_PROXY_MODE=live, in code mode: "live".'
  )
}
