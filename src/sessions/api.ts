/** Opens, shows and closes sessions over HTTP, for clients in any language: `/_proxy/sessions`, described in docs/sessions.openapi.yaml. */
import * as z from 'zod'
import { ConfigError } from '../config/config-error.ts'
import type { FaultSetting } from '../faults/read-faults.ts'
import { getHeader } from '../http/headers.ts'
import { tryParseJson } from '../http/json.ts'
import { EMPTY, jsonResponse, toText, type HttpRequest, type HttpResponse } from '../http/message.ts'
import type { AdminAnswers } from '../inspector/admin.ts'
import { addFault } from '../open-faults.ts'
import { invalid } from '../pipeline/errors.ts'
import { Refused } from '../pipeline/refused.ts'
import { readSessionOptions } from './session-options.ts'
import type { SessionOutcome } from './session.ts'
import type { Sessions } from './sessions.ts'

export interface SessionsApiParts {
  readonly sessions: Sessions
  /** What points a client at a session of a proxy: its addresses and variables. */
  readonly addresses: (url: string, id: string) => object
}

const PATH = /^\/_proxy\/sessions(?:\/([^/?]+)(\/faults)?)?(?:\?(.*))?$/

export function sessionsAnswers({ sessions, addresses }: SessionsApiParts): AdminAnswers {
  async function open({ headers, body }: HttpRequest): Promise<HttpResponse> {
    const { id } = await sessions.open(readSessionOptions(readJson(body)))
    // By the name under which the client has reached the proxy, it will reach the session.
    return jsonResponse(201, { id, ...addresses(`http://${getHeader(headers, 'host') ?? 'localhost'}`, id) })
  }

  function list(): HttpResponse {
    const isOpen = sessions.all().filter(({ outcome }) => outcome === undefined)
    return jsonResponse(200, { sessions: isOpen.map(({ id, title, cassette, mode }) => ({ id, title, cassette, mode })) })
  }

  async function one(id: string, { method }: HttpRequest, query: string): Promise<HttpResponse> {
    const session = sessions.find(id)
    if (method === 'GET') return jsonResponse(200, await session.report())
    if (method === 'DELETE') return jsonResponse(200, await session.close(readOutcome(query)))
    throw new Refused(
      invalid(405, 'wrong_method', `A session is shown with GET and closed with DELETE, not ${method.slice(0, 20)}.`)
    )
  }

  function fault(id: string, { method, body }: HttpRequest): HttpResponse {
    if (method !== 'POST')
      throw new Refused(invalid(405, 'wrong_method', `A fault is added with POST, not ${method.slice(0, 20)}.`))
    const { text, seed } = addFault(sessions.find(id).faults, 'The fault', readJson(body) as FaultSetting)
    return jsonResponse(201, { text, seed })
  }

  return (request) => {
    const [isOurs, id, faults, query = ''] = PATH.exec(request.url) ?? []
    if (isOurs === undefined) return undefined
    if (id !== undefined && faults !== undefined) return asRefusal(() => fault(decodeURIComponent(id), request))
    if (id !== undefined) return one(decodeURIComponent(id), request, query)
    if (request.method === 'POST') return open(request)
    if (request.method === 'GET') return list()
    throw new Refused(
      invalid(405, 'wrong_method', `Sessions are opened with POST and listed with GET, not ${request.method.slice(0, 20)}.`)
    )
  }
}

/** A setting that is wrong is the client's here. */
function asRefusal<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof ConfigError) throw new Refused(invalid(400, 'invalid_session', error.message))
    throw error
  }
}

function readJson(body: Uint8Array): unknown {
  const value = body === EMPTY ? undefined : tryParseJson(toText(body) ?? '')
  if (value !== undefined) return value
  const message = 'The body is no JSON. Send an object, e.g. {"cassette": "weather"}.'
  throw new Refused(invalid(400, 'invalid_json', message))
}

function readOutcome(query: string): SessionOutcome {
  const given = new URLSearchParams(query).get('outcome') ?? 'passed'
  const outcome = z.enum(['passed', 'failed']).safeParse(given)
  if (outcome.success) return outcome.data
  throw new Refused(invalid(400, 'invalid_session', `outcome=${given.slice(0, 40)} is neither passed nor failed.`))
}
