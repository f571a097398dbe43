/**
 * A yardstick: bare `node:http` and undici with the least that a firewall's duties cost, as fast as we can write it. It reads both bodies as
 * JSON, looks for one pattern in what is asked, prices the usage, and writes a line with both bodies to a log. It redacts and
 * counts nothing, and is strict about nothing: whoever does that too is slower.
 */
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { requirePeer } from '../harness/machine.mjs'
import { HOP_BY_HOP, listen, read } from './bare.mjs'
import { served } from './served.mjs'

export const duties = {
  name: 'bare that reads and logs',
  kind: 'limit',
  missing: () => undefined,
  replay: (task) => served('duties', 'replay', task),
  forward: (task) => served('duties', 'forward', task)
}

/** The lines of a turn in one write. */
function createLog(folder) {
  const path = join(folder, 'duties.log')
  let waiting = ''
  const flush = () => {
    appendFileSync(path, waiting)
    waiting = ''
  }
  return (entry) => {
    if (waiting === '') setImmediate(flush)
    waiting += `${JSON.stringify(entry)}\n`
  }
}

const FORBIDDEN = /jailbreak/i

/** The headers, in a flat list, without those of one connection. */
function passedOn(raw) {
  const kept = []
  for (let at = 0; at < raw.length; at += 2) {
    if (!HOP_BY_HOP.has(raw[at].toString().toLowerCase())) kept.push(raw[at].toString(), raw[at + 1].toString())
  }
  return kept
}

/** A recorded answer for each body; the log has lengths in the place of texts. */
function replay({ port, exchanges, folder }) {
  const log = createLog(folder)
  const answers = new Map(exchanges.map(({ request, answer }) => [JSON.stringify(JSON.parse(request)), Buffer.from(answer)]))
  const server = createServer((request, response) => {
    const began = performance.now()
    read(request, (bytes) => {
      const asked = JSON.parse(bytes.toString())
      const found = answers.get(JSON.stringify(asked))
      if (!found) return response.writeHead(404).end()
      const { usage } = JSON.parse(found.toString())
      const id = `ex_${began}`
      const headers = ['content-type', 'application/json', 'content-length', String(found.length), 'x-id', id, 'x-source', 'tape']
      response.writeHead(200, headers).end(found)
      const messages = asked.messages.map(({ role, content }) => ({ role, content: `[${content.length} characters]` }))
      log({ at: Date.now(), ms: performance.now() - began, id, usage, asked: { ...asked, messages }, headers: request.headers })
    })
  })
  listen(server, port)
}

function forward({ port, upstream, folder }) {
  const { Pool } = requirePeer('undici')
  const pool = new Pool(upstream, { bodyTimeout: 0 })
  const log = createLog(folder)

  /** Sends a request, and gives the whole answer. */
  function send(request, body, done) {
    const chunks = []
    let status = 0
    let headers = []
    const handler = {
      onConnect: () => undefined,
      onError: () => done(undefined),
      onHeaders(code, raw) {
        ;[status, headers] = [code, passedOn(raw)]
        return true
      },
      onData: (chunk) => chunks.push(chunk) > 0,
      onComplete: () => done({ status, headers, bytes: chunks.length === 1 ? chunks[0] : Buffer.concat(chunks) })
    }
    pool.dispatch({ path: request.url, method: request.method, headers: passedOn(request.rawHeaders), body }, handler)
  }

  const server = createServer((request, response) => {
    const began = performance.now()
    read(request, (body) => {
      const asked = JSON.parse(body.toString())
      if (asked.messages.some(({ content }) => FORBIDDEN.test(content))) return response.writeHead(403).end()
      send(request, body, (answer) => {
        if (!answer) return response.destroy()
        const { status, headers, bytes } = answer
        const told = JSON.parse(bytes.toString())
        const cost = (told.usage.prompt_tokens * 0.15 + told.usage.completion_tokens * 0.6) / 1e6
        const id = `ex_${began}`
        headers.push('content-length', String(bytes.length), 'x-id', id, 'x-source', 'upstream', 'x-cost', cost.toFixed(6))
        response.writeHead(status, headers).end(bytes)
        log({ at: Date.now(), ms: performance.now() - began, id, cost, asked, told, request: request.headers, headers })
      })
    })
  })
  listen(server, port)
}

/** What runs in its own process. */
export const serve = { replay, forward }
