/** Says who a request seems to come from: takes out what tells of the client's network, and dresses it as a browser's. */
import { byName } from '../http/by-name.ts'
import { endToEnd, getHeader } from '../http/headers.ts'
import type { HeaderList, HeaderPair } from '../http/message.ts'
import type { ApiName } from '../providers/provider.ts'
import type { Dress } from './browser-profiles.ts'

/** How a request is to look. */
export interface Identity {
  readonly provider: ApiName
  /** Whether headers that tell of the client's network are taken out. */
  readonly maskNetwork: boolean
  /** The browser's dress; `undefined`: the client's own headers pass. */
  readonly dress: Dress | undefined
  /** Sent as `OpenAI-Organization` to OpenAI where the client names none. */
  readonly organization: string | undefined
  /** A fresh random id, for a request id that the client sent. */
  readonly newId: () => string
}

/** Written anew for the upstream's connection, or meant for this proxy alone. */
const NEVER_SENT = /^(?:host|content-length|expect|x-openai-proxy-.*)$/

/** What proxies, load balancers, tracers and pages add: each tells something of the network behind the client. */
const TELLS_NETWORK = new RegExp(
  `^(?:${[
    'x-forwarded.*|forwarded(?:-.*)?|via|x-real-.*|x-client-ip|client-ip|true-client-ip|x-cluster-client-ip|x-remote-.*',
    'x-originating-ip|x-original-.*|x-host|x-proxy.*|proxy-.*|wl-proxy-.*|x-varnish.*|x-bluecoat-.*',
    'cf-.*|cdn-loop|fastly-.*|fly-.*|akamai-.*|x-akamai-.*|x-vercel-.*|x-arr-.*|x-azure-.*|x-appengine-.*|x-envoy-.*',
    'x-amzn-trace-id|x-amz-cf-id|x-cloud-trace-context|traceparent|tracestate|baggage|b3|x-b3-.*|uber-trace-id',
    'sentry-trace|x-datadog-.*|cookie2?|origin|referer|from'
  ].join('|')})$`
)

const REQUEST_IDS = new Set(['x-request-id', 'x-client-request-id'])

/** What becomes of a header, by its name in lower case. */
interface Fate {
  readonly isSent: boolean
  readonly tellsNetwork: boolean
}

const fateOf = byName((name): Fate => ({ isSent: !NEVER_SENT.test(name), tellsNetwork: TELLS_NETWORK.test(name) }))

/** The headers as the upstream gets them, but for `Host`, `Connection` and `Content-Length`: the connection writes those. */
export function disguise(headers: HeaderList, identity: Identity): HeaderList {
  const kept: HeaderPair[] = []
  for (const pair of endToEnd(headers)) {
    const name = pair[0].toLowerCase()
    const { isSent, tellsNetwork } = fateOf(name)
    if (!isSent) continue
    if (!identity.maskNetwork) kept.push(pair)
    else if (REQUEST_IDS.has(name)) kept.push([pair[0], identity.newId()])
    else if (!tellsNetwork) kept.push(pair)
  }
  if (identity.provider === 'openai' && identity.organization && getHeader(kept, 'openai-organization') === undefined) {
    kept.push(['OpenAI-Organization', identity.organization])
  }
  return identity.dress ? identity.dress(kept) : kept
}
