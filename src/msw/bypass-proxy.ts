/** `bypassProxy()`: leaves the traffic of a running proxy alone. */
import { http, passthrough, type HttpHandler } from 'msw'
import { below } from './hosts.ts'

/**
 * Lets every request to a running proxy go out as it is: `setupServer(bypassProxy(proxy), …)`, also where
 * `onUnhandledRequest` is `error`. Put it before handlers with wide patterns.
 * @param proxy a proxy, one of its sessions, or its address
 */
export function bypassProxy(proxy: string | URL | { readonly url: string }): HttpHandler {
  const address = typeof proxy === 'string' || proxy instanceof URL ? proxy : proxy.url
  return http.all(below(new URL(address).origin), () => passthrough())
}
