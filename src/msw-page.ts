/** `openai-proxy/msw` in a page: the same handlers, for `setupWorker()`; a cassette is fetched by its address, and only replayed. */
import { fetchCassette } from './msw/fetch-cassette.ts'
import { hostsOf } from './msw/hosts.ts'
import { titleOf, type CassetteSource, type MswOptions } from './msw/options.ts'
import { playCassette, type MswCassette } from './msw/play.ts'

export { bypassProxy } from './msw/bypass-proxy.ts'
export { ConfigError } from './config/config-error.ts'
export { CassetteError } from './cassettes/interaction.ts'
export type { CassetteSource, CassetteText, MswOptions } from './msw/options.ts'
export type { MswCassette } from './msw/play.ts'
export type { SessionReport } from './sessions/session.ts'

/**
 * Handlers for MSW that answer the calls to OpenAI and Anthropic from a cassette, by the matching and the rules of a proxy:
 * `setupWorker(...cassetteHandlers('weather', { allowedModels: ['gpt-4o*'] }))`.
 *
 * Never throws: what is wrong with an option or the cassette is the answer to each request, and what `ready()` rejects with.
 * @param cassette a name (`weather` is `recordings/weather.yaml` below the page's address), an address, or `{ text }`
 */
export function cassetteHandlers(cassette: CassetteSource, options: MswOptions = {}): MswCassette {
  return playCassette({
    title: titleOf(cassette, options),
    hosts: hostsOf(options),
    async open() {
      const { openTextPlayer } = await import('./msw/text-player.ts')
      const isText = typeof cassette === 'object' && 'text' in cassette
      return openTextPlayer(isText ? cassette : await fetchCassette(cassette), options)
    },
    outside: (task) => task()
  })
}
