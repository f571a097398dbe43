/** Joins a base URL and a provider's path to the address that is called. */
import type { ApiName } from '../providers/provider.ts'

/** Where a provider's requests go. */
export interface Target {
  /** e.g. `https://api.openai.com` */
  readonly origin: string
  /** Host and port, as messages name it. */
  readonly host: string
  /** The upstream's path and query for a provider's own (`/v1/chat/completions?…`). */
  path(providerPath: string): string
}

/**
 * Reads a base URL as the provider's SDK would: OpenAI's holds the version (`https://host/prefix/v1`, or what stands in its
 * place), Anthropic's does not. A bare OpenAI origin gets `/v1`, and an Anthropic base ending in `/v1` does not get it twice.
 * @throws an `Error` that names the base URL's fault
 */
export function createTarget(provider: ApiName, baseUrl: string): Target {
  const { protocol, origin, host, pathname } = parseBase(provider, baseUrl)
  if (protocol !== 'https:' && protocol !== 'http:') throw badBase(provider, 'does not begin with https:// or http://')
  const prefix = pathname.replace(/\/+$/, '')
  const hasVersion = provider === 'openai' ? prefix !== '' : prefix.endsWith('/v1')
  return {
    origin,
    host,
    path: (providerPath) => prefix + (hasVersion ? providerPath.replace(/^\/v1(?=\/|\?|$)/, '') : providerPath)
  }
}

function parseBase(provider: ApiName, baseUrl: string): URL {
  if (!URL.canParse(baseUrl)) throw badBase(provider, 'is no URL')
  return new URL(baseUrl)
}

/** The URL itself is not shown: people put credentials into it. */
function badBase(provider: ApiName, fault: string): Error {
  return new Error(`The base URL of the ${provider} upstream ${fault}. Write it like https://api.${provider}.com/v1.`)
}
