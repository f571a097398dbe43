/** Sends an exchange upstream: with the rules' edits, without what is the proxy's own, and with what the answer must tell. */
import type { CancelSignal } from '../http/cancel.ts'
import { withoutProxyTokens } from '../firewall/caller.ts'
import { getHeader, isSseType, withoutHeaders } from '../http/headers.ts'
import { tryParseJson } from '../http/json.ts'
import type { HeaderList, HttpRequest, HttpResponse } from '../http/message.ts'
import { readUsage } from '../metering/usage.ts'
import { boundOutput } from './bound-output.ts'
import { neverCalled } from './errors.ts'
import { usageEdits, withoutUsage, withPlainAnswer } from './ask-usage.ts'
import type { OpenExchange } from './open-exchange.ts'
import type { Upstream } from './ports.ts'
import { editRequest } from './read-request.ts'
import { Refused } from './refused.ts'

export interface SendParts {
  readonly upstream: Upstream
  /** Whether OpenAI's streams are asked for their usage where the client does not ask; the client sees what it would have seen. */
  readonly streamUsage: boolean
}

/** Throws `UpstreamError`; and `Refused` where the request is for a server that is no provider's. */
export async function sendUpstream(
  exchange: OpenExchange,
  { upstream, streamUsage }: SendParts,
  signal: CancelSignal
): Promise<HttpResponse> {
  const { policy, provider, path } = exchange
  if (provider === 'generic') throw new Refused(neverCalled(path))
  const asking = streamUsage ? usageEdits(exchange.call!, exchange.read!.content) : []
  const edits = asking.length === 0 ? exchange.edits : [...exchange.edits, ...asking]
  const { method, headers, body } = editRequest(exchange.request, exchange.read!, edits)
  const own: HttpRequest = { method, url: path, headers: withoutProxyTokens(policy.tokens, headers), body }
  const limit = exchange.call!.stream ? exchange.held?.outputLimit : undefined
  const isRead = asking.length > 0 || limit !== undefined || policy.outputJudge !== undefined
  const response = await upstream.send(provider, isRead ? withPlainAnswer(own) : own, { signal, inform: exchange.inform })
  const shown = asking.length === 0 ? response : hideUsage(exchange, response)
  return limit === undefined ? shown : endWhenPast(exchange, shown, limit)
}

/** The stream, ended where it says more than was reserved. */
function endWhenPast(exchange: OpenExchange, response: HttpResponse, limit: number): HttpResponse {
  const { headers, body, status } = response
  if (body instanceof Uint8Array || status >= 400 || !isPlainStream(headers)) return response
  return boundOutput({ ...response, body }, limit, ({ code, message }, told) => {
    exchange.verdict = { kind: 'block', rule: 'reservation', code, message }
    if (told) exchange.usageTold = told
  })
}

/** The stream as the client would have seen it; what it told of usage is kept. */
function hideUsage(exchange: OpenExchange, response: HttpResponse): HttpResponse {
  const { headers, body } = response
  if (body instanceof Uint8Array || !isPlainStream(headers)) return response
  const shown = withoutUsage(body, (data) => (exchange.usageTold = readUsage(tryParseJson(data))))
  return { ...response, headers: withoutHeaders(headers, ['content-length']), body: shown }
}

/** Whether the events of an answer can be read and added to as they are. */
export function isPlainStream(headers: HeaderList): boolean {
  return isSseType(getHeader(headers, 'content-type')) && getHeader(headers, 'content-encoding') === undefined
}
