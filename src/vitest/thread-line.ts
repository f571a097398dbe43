/** The line of a test in Node: a thread asks, so that the test's own thread can sleep until the answer is there. */
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads'
import type { Line, LineAnswer, LineRequest } from './line.ts'

/** What the thread runs: it answers each request that it is sent, and rings. */
const ANSWERER = `
  const { workerData: { port, bell } } = require('node:worker_threads')
  const { request } = require('node:http')
  port.on('message', ({ id, method, url, body }) => {
    const answer = (status, text) => {
      port.postMessage({ id, status, text })
      Atomics.add(bell, 0, 1)
      Atomics.notify(bell, 0)
    }
    const call = request(url, { method, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece) => (text += piece))
      response.on('end', () => answer(response.statusCode, text)).on('error', (error) => answer(0, error.message))
    })
    call.on('error', (error) => answer(0, error.message)).end(body)
  })
`

/** How long a proxy on this machine may take, in milliseconds. */
const LONGEST_MS = 60_000

interface Answerer {
  readonly port: MessagePort
  /** Counts the answers. */
  readonly bell: Int32Array
}

/** A line; its thread is started by the first request, and keeps no process alive. */
export function createThreadLine(): Line {
  let answerer: Answerer | undefined
  let count = 0
  const waiting = new Map<number, (answer: LineAnswer) => void>()

  function take({ id, ...answer }: LineAnswer & { readonly id: number }): void {
    waiting.get(id)?.(answer)
    waiting.delete(id)
    if (waiting.size === 0) answerer!.port.unref()
  }

  function start(): Answerer {
    const { port1, port2 } = new MessageChannel()
    const bell = new Int32Array(new SharedArrayBuffer(4))
    const worker = new Worker(ANSWERER, { eval: true, execArgv: [], workerData: { port: port2, bell }, transferList: [port2] })
    worker.unref()
    port1.on('message', take)
    return { port: port1, bell }
  }

  function send(request: LineRequest, answered: (answer: LineAnswer) => void): Answerer {
    answerer ??= start()
    count += 1
    waiting.set(count, answered)
    answerer.port.ref()
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this port is no window
    answerer.port.postMessage({ id: count, ...request })
    return answerer
  }

  return {
    ask: (request) => new Promise((resolve) => void send(request, resolve)),
    askNow(request) {
      let found: LineAnswer | undefined
      const { port, bell } = send(request, (answer) => (found = answer))
      for (;;) {
        const rung = Atomics.load(bell, 0)
        // Others' answers come this way, too.
        for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) take(next.message)
        if (found) return found
        if (Atomics.wait(bell, 0, rung, LONGEST_MS) === 'timed-out') {
          return { status: 0, text: `nothing came within ${LONGEST_MS / 1000} s` }
        }
      }
    }
  }
}
