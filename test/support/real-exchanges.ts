/** Reads the recorded exchanges of fixtures/real-exchanges (VCR.py, its pydantic dialect, Ruby VCR) as they were on the wire. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ForeignExchange } from '../../src/cassettes/formats/format.ts'
import { readRecording } from '../../src/cassettes/formats/index.ts'
import { takeOffEncoding } from '../../src/cassettes/formats/plain-body.ts'
import { endToEnd, getHeader, withHeader, withoutHeaders } from '../../src/http/headers.ts'
import { toText, type HeaderList } from '../../src/http/message.ts'
import { routeRequest } from '../../src/providers/route.ts'

/** One recorded exchange. */
export interface RealExchange {
  /** File and number: `…/test_valid_response.yaml#0`. */
  readonly id: string
  /** `other`: a host that is no API of a model. Azure, Groq, DeepSeek and OpenRouter speak like OpenAI and count as such. */
  readonly provider: 'openai' | 'anthropic' | 'other'
  /** End-to-end headers; the version that every client of Anthropic sends is put back where a project had removed it. */
  readonly request: ForeignExchange['request']
  /** End-to-end headers; `content-encoding` and `content-length` fit the body. */
  readonly response: Omit<ForeignExchange['response'], 'timing'>
}

const ROOT = fileURLToPath(new URL('../../fixtures/real-exchanges/', import.meta.url))

const OPENAI_HOSTS = /(^|\.)(api\.openai\.com|openai\.azure\.com|api\.groq\.com|api\.deepseek\.com|openrouter\.ai)$/

const read = new Map<string, readonly RealExchange[]>()

/** Every exchange of every file, or those of the files whose path holds a text. In the order of the files' names. */
export function realExchanges(fileHolds = ''): RealExchange[] {
  const exchanges = recordingFiles()
    .filter((file) => file.includes(fileHolds))
    .flatMap((file) => readFile(file))
  if (exchanges.length === 0) throw new Error(`No file of fixtures/real-exchanges has "${fileHolds}" in its path.`)
  return exchanges
}

/** The one exchange whose id ends so: `test_valid_response.yaml#0`. */
export function realExchange(idEnd: string): RealExchange {
  const file = idEnd.slice(0, idEnd.lastIndexOf('#'))
  const found = recordingFiles()
    .filter((name) => `/${name}`.endsWith(`/${file}`))
    .flatMap((name) => readFile(name))
    .filter(({ id }) => id.endsWith(idEnd))
  if (found.length !== 1) throw new Error(`${found.length} real exchanges are called ${idEnd}; name one.`)
  return found[0]!
}

/** Path and query as the provider's own API names them (`/v1/…`), whatever prefix the recorded host has before it. */
export function publicPath({ id, request }: RealExchange): string {
  const { pathname, search } = new URL(request.url)
  const route = routeRequest(pathname.replace(/^\/api(?=\/v1\/)/, '') + search, request.headers)
  if (!route) throw new Error(`${id} has no path of a model's API: ${pathname}`)
  return route.path + route.query
}

/** Where a file of fixtures/real-exchanges is. */
export function recordingPath(file: string): string {
  return ROOT + file
}

/** Every recording, WebSockets included, by its path in fixtures/real-exchanges. */
export function recordingFiles(): string[] {
  return readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name))
    .toSorted()
}

function readFile(file: string): readonly RealExchange[] {
  const known = read.get(file)
  if (known) return known
  const found = readRecording(readFileSync(recordingPath(file)))?.exchanges ?? []
  const exchanges = found.map((exchange, index) => toRealExchange(`${file}#${index}`, exchange))
  read.set(file, exchanges)
  return exchanges
}

function toRealExchange(id: string, { request, response }: ForeignExchange): RealExchange {
  const host = new URL(request.url).hostname
  const provider = host === 'api.anthropic.com' ? 'anthropic' : OPENAI_HOSTS.test(host) ? 'openai' : 'other'
  const headers = trueHeaders(request)
  const lacksVersion = provider === 'anthropic' && getHeader(headers, 'anthropic-version') === undefined
  return {
    id,
    provider,
    request: { ...request, headers: lacksVersion ? [...headers, ['anthropic-version', '2023-06-01']] : headers },
    response: { ...response, headers: trueHeaders(response) }
  }
}

/** The recorded headers, true for the body as it is: a length that was another form's is set right, an encoding that is off is dropped. */
function trueHeaders({ headers, body }: { readonly headers: HeaderList; readonly body: Uint8Array }): HeaderList {
  const { wasPlain } = takeOffEncoding(body, headers, 1e9)
  const list = wasPlain ? withoutHeaders(endToEnd(headers), ['content-encoding']) : endToEnd(headers)
  return getHeader(list, 'content-length') === undefined ? list : withHeader(list, 'content-length', String(body.byteLength))
}

/** The text of a body that must be text. */
export function textOf(body: Uint8Array): string {
  const text = toText(body)
  if (text === undefined) throw new Error('This body is no UTF-8 text.')
  return text
}
