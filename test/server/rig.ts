/** What the server's tests share: a server with a pipeline made by hand, and sockets to talk to it. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { CancelSignal } from '../../src/http/cancel.ts'
import { EMPTY, jsonResponse, type HttpRequest, type HttpResponse, type Inform } from '../../src/http/message.ts'
import type { Pipeline } from '../../src/pipeline/handle.ts'
import type { ProxyError } from '../../src/providers/provider.ts'
import { startServer, type Server, type ServerOptions } from '../../src/server/server.ts'
import { systemTurns } from '../../src/system-clock.ts'

export type Answer = (request: HttpRequest, signal: CancelSignal, inform: Inform) => HttpResponse | Promise<HttpResponse>

export interface Rig {
  readonly server: Server
  /** What the pipeline was asked to refuse. */
  readonly refused: { readonly error: ProxyError; readonly request: Omit<HttpRequest, 'body'> }[]
  /** What the operator was told. */
  readonly reports: string[]
}

/** Both ways that a request can take: in front of mockttp's rules, and through them. */
export const WAYS = ['front', 'step'] as const

export async function startRig(way: (typeof WAYS)[number], answer: Answer, more: Partial<ServerOptions> = {}): Promise<Rig> {
  const refused: Rig['refused'] = []
  const reports: string[] = []
  const pipeline: Pipeline = {
    handle: async (request, { signal }, inform) => answer(request, signal, inform!),
    refuse(error, request) {
      refused.push({ error, request })
      return jsonResponse(error.status, { error: { message: error.message, code: error.code } })
    },
    isBusy: () => false,
    stop: () => undefined,
    idle: async () => undefined
  }
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    pipeline,
    maxBodyBytes: 1024 * 1024,
    report: (line) => reports.push(line),
    together: systemTurns.gate(),
    ...more
  })
  if (way === 'step') await server.mockttp.forGet('/only-to-have-a-rule').thenReply(200, 'mocked')
  return { server, refused, reports }
}

export function text(status: number, body: string, headers: HttpResponse['headers'] = []): HttpResponse {
  return {
    status,
    headers: [['content-type', 'text/plain'], ...headers, ['content-length', String(Buffer.byteLength(body))]],
    body: Buffer.from(body)
  }
}

export const nothing: HttpResponse = { status: 204, headers: [], body: EMPTY }

/** Opens a socket; errors on it do not end the test. */
export async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** Sends raw bytes and gives all that comes back until the connection ends. */
export async function talk(port: number, bytes: string | Buffer): Promise<string> {
  const socket = await open(port)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  const closed = once(socket, 'close')
  socket.write(bytes)
  await closed
  return Buffer.concat(chunks).toString('latin1')
}

/** Waits until a condition holds; the test's own time limit ends it where it never does. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}
