/** The API that proxies forward to, on loopback. A program: `node upstream.mjs PORT '{"events":200,"gap":5}'`; without events it answers JSON. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import { chatAnswer, chatEvent, chatEvents, usageEvent } from './chat.mjs'

const [, , port, given = '{}'] = process.argv
/** `events` of a stream; `gap` ms between them; `bytes` of one long stream; `drip`: never ends, an event a second. */
const { events = 0, gap = 0, bytes = 0, drip = false } = JSON.parse(given)

const JSON_ANSWER = Buffer.from(chatAnswer(1))
const EVENTS = events > 0 ? chatEvents(events).map((event) => Buffer.from(event)) : []
const PIECE = Buffer.from(Array.from({ length: 300 }, (_, index) => chatEvent(index)).join(''))
const wait = (ms) => new Promise((done) => setTimeout(done, ms))

function answerJson(response) {
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': JSON_ANSWER.length,
    'x-request-id': 'req_bench'
  })
  response.end(JSON_ANSWER)
}

async function answerStream(request, response) {
  let asksUsage = false
  let tail = ''
  for await (const chunk of request.setEncoding('latin1')) {
    tail = tail.slice(-40) + chunk
    asksUsage ||= tail.includes('"include_usage":true')
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': 'req_bench' })
  if (bytes > 0) await writeBytes(response)
  if (drip) return writeForEver(response)
  for (const event of EVENTS.slice(0, -1)) {
    if (response.destroyed) return
    response.write(event)
    if (gap > 0) await wait(gap)
  }
  if (asksUsage) response.write(usageEvent(events))
  response.end(EVENTS.at(-1) ?? 'data: [DONE]\n\n')
}

async function writeBytes(response) {
  for (let sent = 0; sent < bytes && !response.destroyed; sent += PIECE.length) {
    if (!response.write(PIECE)) await Promise.race([once(response, 'drain'), once(response, 'close')])
  }
}

async function writeForEver(response) {
  for (let index = 0; !response.destroyed; index += 1) {
    response.write(chatEvent(index))
    await wait(1000)
  }
}

const server = createServer((request, response) => {
  response.on('error', () => undefined)
  if (events === 0 && bytes === 0 && !drip) request.resume().once('end', () => answerJson(response))
  else answerStream(request, response).catch(() => response.destroy())
})
server.keepAliveTimeout = 120_000
server.maxRequestsPerSocket = 0
server.listen(Number(port), '127.0.0.1', 4096)
