/** The errors that the proxy itself answers with, one for each cause, before a provider's shape is put on them. */
import { BodyError } from '../http/body.ts'
import { JsonError } from '../http/json.ts'
import { MultipartError } from '../http/multipart.ts'
import type { CassetteError } from '../cassettes/interaction.ts'
import type { FaultBreak } from '../faults/fault.ts'
import type { LedgerError } from '../metering/ledger.ts'
import { RouteError } from '../providers/route.ts'
import type { ProxyError } from '../providers/provider.ts'
import { UpstreamError } from './ports.ts'

const UNSENT = 'Nothing was sent on: correct it and try again.'

/** A request that cannot be read as the upstream would read it; `undefined` for an error of another kind. */
export function unreadable(error: unknown): ProxyError | undefined {
  if (error instanceof BodyError) {
    const status = error.code === 'body_too_large' ? 413 : error.code === 'unknown_encoding' ? 415 : 400
    const advice = status === 413 ? 'Send less, or raise MAX_BODY_BYTES.' : UNSENT
    return invalid(status, error.code, `${error.message} ${advice}`)
  }
  if (error instanceof JsonError) return invalid(400, 'invalid_json', `${error.message} ${UNSENT}`)
  if (error instanceof MultipartError) return invalid(400, 'invalid_form', `${error.message} ${UNSENT}`)
  if (error instanceof RouteError) return invalid(400, 'invalid_path', `${error.message} ${UNSENT}`)
  return undefined
}

/** A path that is no API path. */
export function unknownPath(method: string, path: string): ProxyError {
  const message =
    `${method} ${path.slice(0, 200)} is no path of an API that this proxy serves: theirs begin with /v1. ` +
    'Set the base URL of OpenAI clients to http://HOST:PORT/v1, and of Anthropic clients to http://HOST:PORT.'
  return invalid(404, 'unknown_path', message)
}

/** An address that only a recording may answer. */
export function neverCalled(address: string): ProxyError {
  const host = URL.canParse(address) ? new URL(address).host : address
  const message =
    `${host.slice(0, 100)} is called by nobody here: this proxy forwards only to its own upstreams, and answers for other servers ` +
    'from recordings alone. Replay a cassette that holds the call, or call the server itself.'
  return invalid(403, 'relay_refused', message)
}

/** The upstream gave no whole answer. */
export function upstreamFailed(error: unknown): ProxyError {
  const known = error instanceof UpstreamError ? error : undefined
  return {
    status: known?.code === 'upstream_timeout' ? 504 : 502,
    type: 'upstream_error',
    code: known?.code ?? 'upstream_broken',
    message: known?.message ?? 'The upstream failed.',
    param: null,
    retry: true
  }
}

/** A fault broke the answer on purpose; the client sees the break, and not this. */
export function faultBroke({ message }: FaultBreak): ProxyError {
  return { status: 502, type: 'proxy_error', code: 'fault', message, param: null, retry: true }
}

/** A name that is none is the client's fault, a missing cassette is like a miss, a broken one is ours. */
const CASSETTE_STATUS: Readonly<Partial<Record<CassetteError['code'], number>>> = {
  cassette_name: 400,
  cassette_missing: 404,
  // It is read anew for the next request.
  cassette_changed: 503
}

/** A cassette that cannot be used. */
export function cassetteFailed({ code, message }: CassetteError): ProxyError {
  const status = CASSETTE_STATUS[code] ?? 500
  return { status, type: 'cassette_error', code, message, param: null, retry: status === 503 }
}

/** The ledger cannot say whether there is budget left: a call that cannot be counted does not go out. */
export function ledgerFailed(error: LedgerError): ProxyError {
  return { status: 503, type: 'proxy_error', code: error.code, message: error.message, param: null, retry: true }
}

/** The proxy is closed before the answer is whole. Another replica, or the next start, may answer. */
export function proxyClosing(): ProxyError {
  const message =
    'The proxy was closed before this answer was whole. Try again when it runs; DRAIN_TIMEOUT gives answers more time.'
  return { status: 503, type: 'proxy_error', code: 'proxy_closing', message, param: null, retry: true }
}

/** A fault of the proxy itself; the cause goes to the operator, not to the client. */
export function internalError(): ProxyError {
  const message = 'The proxy failed on this request; its console says why. Nothing more was sent.'
  return { status: 500, type: 'proxy_error', code: 'internal_error', message, param: null, retry: false }
}

/** A request refused as it stands: 4xx. */
export function invalid(status: number, code: string, message: string): ProxyError {
  return { status, type: 'invalid_request_error', code, message, param: null, retry: false }
}
