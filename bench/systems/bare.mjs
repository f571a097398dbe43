/** What one thread of Node can do at most: `node:http` with nothing on top, and undici towards the upstream. */
import { createServer } from 'node:http'
import { requirePeer } from '../harness/machine.mjs'
import { served } from './served.mjs'

export const bare = {
  name: 'bare node:http',
  kind: 'limit',
  missing: () => undefined,
  replay: (task) => served('bare', 'replay', task),
  forward: (task) => served('bare', 'forward', task)
}

/** The whole of a request's body. */
export function read(request, done) {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => done(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)))
}

export function listen(server, port) {
  server.keepAliveTimeout = 120_000
  server.listen(port, '127.0.0.1', 4096)
}

/** Headers that belong to one connection alone. */
export const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host', 'content-length'])

const passedOn = (headers) => Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)))

/** Parses the body, looks it up by its canonical form, and answers; a stream event by event. */
function replay({ port, exchanges }) {
  const answers = new Map(
    exchanges.map(({ request, type, answer }) => [
      JSON.stringify(JSON.parse(request)),
      {
        type,
        parts: type === 'application/json' ? [Buffer.from(answer)] : answer.split(/(?<=\n\n)/).map((event) => Buffer.from(event))
      }
    ])
  )
  const server = createServer((request, response) =>
    read(request, (body) => {
      const found = answers.get(JSON.stringify(JSON.parse(body.toString())))
      if (!found) return response.writeHead(404).end()
      const { type, parts } = found
      if (parts.length === 1)
        return response.writeHead(200, { 'content-type': type, 'content-length': parts[0].length }).end(parts[0])
      response.writeHead(200, { 'content-type': type })
      for (const part of parts) response.write(part)
      response.end()
    })
  )
  listen(server, port)
}

/** Passes a request on, and its answer back, as they come. */
function forward({ port, upstream }) {
  const { Pool } = requirePeer('undici')
  const pool = new Pool(upstream, { bodyTimeout: 0 })
  const server = createServer((request, response) =>
    read(request, (body) => {
      pool
        .stream(
          { path: request.url, method: request.method, headers: passedOn(request.headers), body },
          ({ statusCode, headers }) => response.writeHead(statusCode, passedOn(headers))
        )
        .catch(() => response.destroy())
    })
  )
  listen(server, port)
}

/** What runs in its own process. */
export const serve = { replay, forward }
