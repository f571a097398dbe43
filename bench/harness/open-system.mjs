/** Opens one system on the first core, with the upstream it needs on another, and says when it gives right answers. */
import { request as ask } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { HEADERS, chatUrl } from '../traffic/chat.mjs'
import { cpuSeconds, forgetPeak, megabytes } from './process-tree.mjs'
import { lastLines, start } from './processes.mjs'
import { freePort } from './ports.mjs'

const UPSTREAM = join(import.meta.dirname, '..', 'traffic', 'upstream.mjs')

/** One POST: status and body. */
export function post({ url, headers, body, agent }) {
  return new Promise((done, fail) => {
    const all = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers }
    const request = ask(url, { method: 'POST', headers: all, agent, timeout: 20_000 }, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk)).on('error', fail)
      response.on('end', () => done({ status: response.statusCode, body: Buffer.concat(chunks).toString() }))
    })
    request.on('timeout', () => request.destroy(new Error('no answer in 20 s')))
    request.on('error', fail).end(body)
  })
}

/** The upstream of a row, ready. */
export async function openUpstream(kind = {}, cores) {
  const port = await freePort()
  const upstream = start({ command: process.execPath, args: [UPSTREAM, String(port), JSON.stringify(kind)], cores })
  const origin = `http://127.0.0.1:${port}`
  await untilAnswered({ url: `${origin}/`, body: '{}', isStream: kind.drip || kind.bytes > 0 }, upstream)
  return { origin, end: upstream.end }
}

/** Asks again until somebody answers at all. @param probe `{ url, headers, body, isStream? }` */
async function untilAnswered(probe, process, seconds = 60) {
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    if (!process.isAlive()) throw new Error(`it ended at start: ${lastLines(process.said())}`)
    const answered = await (probe.isStream ? firstBytes(probe) : post(probe)).catch(() => undefined)
    if (answered) return answered
    await wait(5)
  }
  throw new Error(`it gave no answer in ${seconds} s: ${lastLines(process.said())}`)
}

/** The same for an answer that has no end. */
function firstBytes({ url, headers, body }) {
  return new Promise((done, fail) => {
    const request = ask(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers } }, (response) => {
      done({ status: response.statusCode, body: '' })
      response.on('error', () => undefined)
      request.destroy()
    })
    request.on('error', fail).end(body)
  })
}

/**
 * @param given `{ system, kind: 'replay' | 'forward', folder, cores, exchanges?, upstream?, probe: { body, answer?, isStream? } }`;
 *   `answer` is what must come back
 */
export async function openSystem({ system, kind, folder, cores, exchanges, upstream, probe }) {
  const port = await freePort()
  const program = await system[kind]({ port, folder, exchanges, upstream: upstream?.origin })
  const url = chatUrl(program.origin ?? `http://127.0.0.1:${port}`)
  const headers = { ...HEADERS, ...program.headers }
  const before = performance.now()
  const process = program.command
    ? start({ ...program, cores })
    : { isAlive: () => true, said: () => '', end: async () => undefined }
  try {
    const first = await untilAnswered({ url, headers, ...probe }, process)
    const startMs = performance.now() - before
    if (first.status !== 200) throw new Error(`it answered ${first.status}: ${first.body.slice(0, 200)}`)
    if (probe.answer !== undefined && !isSame(first.body, probe.answer))
      throw new Error(`it answered something else: ${first.body.slice(0, 200)}`)
    return {
      url,
      headers,
      pid: process.pid,
      startMs,
      cpu: () => (process.pid ? cpuSeconds(process.pid) : 0),
      forgetPeak: () => forgetPeak(process.pid),
      memory: (field) => megabytes(process.pid, field),
      end: process.end
    }
  } catch (error) {
    await process.end()
    throw error
  }
}

/** JSON may be written anew; a stream may not. */
function isSame(text, expected) {
  if (text === expected) return true
  try {
    return contains(JSON.parse(text), JSON.parse(expected))
  } catch {
    return false
  }
}

/** Gateways add fields of their own; none may be missing. */
function contains(value, expected) {
  if (expected === null || typeof expected !== 'object') return value === expected
  return Object.entries(expected).every(([key, part]) => contains(value?.[key], part))
}
