/** The addresses of a running proxy: what clients and child processes are given, and what `proxy.fetch` takes. */
import type { Config } from './config/config.ts'
import { providers } from './providers/index.ts'
import type { FetchBase } from './server/fetch.ts'
import { PLACEHOLDER_KEY } from './upstream/credentials.ts'

/** What points programs at a proxy. */
export interface Addresses {
  readonly url: string
  readonly openaiBaseURL: string
  readonly anthropicBaseURL: string
  readonly env: Readonly<Record<string, string>>
}

/** The base of a proxy that has no port. `.invalid` is never resolved (RFC 2606). */
export const NO_PORT_URL = 'http://openai-proxy.invalid'

/** What clients and child processes are given. */
export function addresses(url: string): Addresses {
  const openaiBaseURL = `${url}/v1`
  return {
    url,
    openaiBaseURL,
    anthropicBaseURL: url,
    env: {
      OPENAI_BASE_URL: openaiBaseURL,
      // The name that older clients read.
      OPENAI_API_BASE: openaiBaseURL,
      OPENAI_API_KEY: PLACEHOLDER_KEY,
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: PLACEHOLDER_KEY
    }
  }
}

/** The addresses that `proxy.fetch` takes: its own, the providers' public ones, and the configured upstreams. */
export function fetchBases(config: Config, url: string): FetchBase[] {
  return [
    { url, prefix: '' },
    { url: config.openaiApiBaseUrl, prefix: '/openai/v1' },
    { url: config.anthropicApiBaseUrl, prefix: '/anthropic/v1' },
    { url: providers.openai.origin, prefix: '/openai' },
    { url: providers.anthropic.origin, prefix: '/anthropic' }
  ]
}
