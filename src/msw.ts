/** `openai-proxy/msw`: cassettes as handlers for Mock Service Worker. Loads nothing heavy before the first request. */
import { AsyncResource } from 'node:async_hooks'
import { hostsOf } from './msw/hosts.ts'
import { openInNode } from './msw/node-player.ts'
import { titleOf, type CassetteSource, type MswOptions } from './msw/options.ts'
import { playCassette, type MswCassette } from './msw/play.ts'

export { bypassProxy } from './msw/bypass-proxy.ts'
export { ConfigError } from './config/config-error.ts'
export { CassetteError } from './cassettes/interaction.ts'
export type { CassetteSource, CassetteText, MswOptions } from './msw/options.ts'
export type { MswCassette } from './msw/play.ts'
export type { SessionReport } from './sessions/session.ts'

/**
 * Handlers for MSW that answer the calls to OpenAI and Anthropic as a proxy with this cassette would: by the same matching, rules,
 * redaction and log, with no port. `setupServer(...cassetteHandlers('weather', { allowedModels: ['gpt-4o*'] }))`.
 *
 * Never throws: what is wrong with an option or the cassette is the answer to each request, and what `ready()` rejects with.
 * @param cassette in Node a name, a file, or a `file:` URL
 */
export function cassetteHandlers(cassette: CassetteSource, options: MswOptions = {}): MswCassette {
  // MSW 3 tells whose a connection is by the asynchronous context that it is opened in. The calls of a proxy are not those of the
  // request that it answers: caught again, each would wait for itself. So all of it runs in the context of this call.
  const here = new AsyncResource('openai-proxy')
  return playCassette({
    title: titleOf(cassette, options),
    hosts: hostsOf(options),
    open: () => openInNode(cassette, options),
    outside: (task) => here.runInAsyncScope(task)
  })
}
