/** Finds which provider answers for a recorded address, and by which path a client asks this proxy for it. */
import type { HeaderList } from '../http/message.ts'
import { providers } from '../providers/index.ts'
import type { ProviderName } from '../providers/provider.ts'
import { routeRequest, type Route } from '../providers/route.ts'

/** Where a recorded call is replayed. */
export interface ClaimedAddress {
  readonly provider: ProviderName
  /** Path and query, as the provider's public API names them; of a generic one the whole address. */
  readonly path: string
}

/**
 * The public hosts are known. Others speak a provider's API where their path, or what follows a prefix of theirs (`/api/v1/…`,
 * `/openai/deployments/…`), is one that the API has: Azure, Groq, OpenRouter, gateways. What is left is generic.
 * @throws RouteError where two readers could read the path in two ways, and an `Error` where the address is no http(s) one
 */
export function claimAddress(method: string, address: string, headers: HeaderList): ClaimedAddress {
  if (!URL.canParse(address)) throw new Error('its address is no whole URL')
  const { protocol, origin, host, pathname, search } = new URL(address)
  if (protocol !== 'https:' && protocol !== 'http:')
    throw new Error(`its address begins with ${protocol.slice(0, 20)}, not with https:`)
  const home = Object.values(providers).find((provider) => provider.origin === origin)
  const route =
    (home && routeRequest(`/${home.name}${pathname}${search}`, headers)) ??
    knownRoute(method, pathname + search, headers) ??
    routeRequest(`/${protocol.slice(0, -1)}/${host}${pathname}${search}`, headers)
  if (!route) throw new Error('its address names no host that can be asked for')
  return { provider: route.provider, path: route.path + route.query }
}

/** The longest end of a path that is an endpoint of an API. A bare word such as `/models` is one of many servers. */
function knownRoute(method: string, path: string, headers: HeaderList): Route | undefined {
  const starts = [...path.split('?', 1)[0]!.matchAll(/\//g)].map(({ index }) => index)
  for (const start of starts.slice(0, 12)) {
    const rest = path.slice(start)
    const route = /^\/(?:https?:?|~)(?:\/|$)/.test(rest) ? undefined : routeRequest(rest, headers)
    if (!route) continue
    const call = providers[route.provider].readCall({ method, path: route.path, content: { kind: 'none' } })
    if (call.known && (call.isModelEndpoint || /^\/(?:v1|openai|anthropic)\//.test(rest))) return route
  }
  return undefined
}
