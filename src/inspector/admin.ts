/** Answers the addresses below `/_proxy/` that only whoever runs the proxy may use: the metrics, the sessions. */
import { identifyCaller, type ProxyToken } from '../firewall/caller.ts'
import { toBytes, type HttpRequest, type HttpResponse } from '../http/message.ts'
import { invalid } from '../pipeline/errors.ts'
import { Refused, toProxyError } from '../pipeline/refused.ts'
import type { ProxyError } from '../providers/provider.ts'
import type { Metrics } from './metrics.ts'

/** Answers one family of addresses below `/_proxy/`; `undefined` for every other one. May throw `Refused`. */
export type AdminAnswers = (request: HttpRequest) => HttpResponse | Promise<HttpResponse> | undefined

export interface AdminParts {
  readonly answers: readonly AdminAnswers[]
  /** Whether only this machine can reach the proxy. */
  readonly isLocal: boolean
  /** The tokens now in force; empty: there are none. */
  readonly tokens: () => readonly ProxyToken[]
  /** Answers a refusal in the shape of all refusals, and logs it. */
  readonly refuse: (error: ProxyError, request: HttpRequest) => HttpResponse
}

/** @returns the answer, or `undefined` where the request asks for something else */
export function createAdmin({ answers, isLocal, tokens, refuse }: AdminParts): AdminAnswers {
  async function answer(request: HttpRequest, path: string): Promise<HttpResponse> {
    try {
      const error = whyNot(request, isLocal, tokens())
      if (error) throw new Refused(error)
      for (const one of answers) {
        const found = await one(request)
        if (found) return found
      }
      throw new Refused(unknownAddress(path))
    } catch (error) {
      return refuse(toProxyError(error), request)
    }
  }

  return (request) => {
    const path = request.url.split('?', 1)[0]!
    return path.startsWith('/_proxy/') ? answer(request, path) : undefined
  }
}
/** Whoever may call must show it here too; without tokens only this machine may ask. */
function whyNot({ headers }: HttpRequest, isLocal: boolean, tokens: readonly ProxyToken[]): ProxyError | undefined {
  if (tokens.length > 0) {
    const caller = identifyCaller(tokens, headers)
    return caller.kind === 'refused' ? caller.error : undefined
  }
  if (isLocal) return undefined
  const message =
    'The addresses below /_proxy/ are closed to other machines. Set PROXY_TOKENS and show one, or listen on 127.0.0.1.'
  return { ...invalid(403, 'admin_refused', message), type: 'permission_error' }
}

/** Answers `/_proxy/metrics`. */
export function metricsAnswers(metrics: Pick<Metrics, 'text'>): AdminAnswers {
  return ({ method, url }) => {
    if (url.split('?', 1)[0] !== '/_proxy/metrics') return undefined
    if (method !== 'GET' && method !== 'HEAD') throw new Refused(wrongMethod(method))
    return showMetrics(metrics)
  }
}

async function showMetrics(metrics: Pick<Metrics, 'text'>): Promise<HttpResponse> {
  const { contentType, text } = await metrics.text()
  const body = toBytes(text)
  const headers = [
    ['content-type', contentType],
    ['cache-control', 'no-store'],
    ['content-length', String(body.byteLength)]
  ] as const
  return { status: 200, headers, body }
}

function unknownAddress(path: string): ProxyError {
  const known = 'Known are /_proxy/health, /_proxy/metrics and /_proxy/sessions.'
  return invalid(404, 'unknown_path', `${path.slice(0, 200)} is no address of this proxy. ${known}`)
}

function wrongMethod(method: string): ProxyError {
  return invalid(405, 'wrong_method', `/_proxy/metrics is read with GET, not ${method.slice(0, 20)}.`)
}
