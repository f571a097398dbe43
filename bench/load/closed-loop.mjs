/** Loads a server from some connections, each asking again as soon as it is answered. A program: takes a file of JSON, prints JSON. */
import { readFileSync } from 'node:fs'
import { percentile } from '../harness/statistics.mjs'
import { openConnection, requestBytes } from './connection.mjs'

/**
 * @param load `{ url, headers, bodies, connections, seconds, most?, bytes? }`: `most` requests at most; with `bytes` an answer of another length is an error
 */
async function closedLoop({ url, headers, bodies, connections, seconds, most = Number.MAX_SAFE_INTEGER, bytes: expected }) {
  const requests = bodies.map((body) => requestBytes({ url, headers, body }))
  const [whole, first] = [[], []]
  let [next, errors, isOver] = [0, 0, false]
  const open = []
  const begin = performance.now()

  /** One after another, until the time is over. */
  function worker(stopped) {
    let asked = 0
    let connection
    const ask = () => {
      if (isOver || next >= most) return stopped()
      asked = performance.now()
      connection.ask(requests[next++ % requests.length])
    }
    const reopen = () => {
      connection = openConnection(url, {
        onOpen: ask,
        onFirst: () => first.push(performance.now() - asked),
        onEnd({ status, bytes }) {
          whole.push(performance.now() - asked)
          if (status !== 200 || (expected !== undefined && bytes !== expected)) errors += 1
          ask()
        },
        onLost() {
          errors += 1
          if (isOver) stopped()
          else setTimeout(reopen, 10)
        }
      })
      open.push(connection)
    }
    reopen()
  }

  await new Promise((done) => {
    let left = connections
    const stopped = () => (left -= 1) === 0 && done()
    for (let count = 0; count < connections; count += 1) worker(stopped)
    setTimeout(() => (isOver = true), seconds * 1000)
    // An answer that never ends is no reason to wait for ever.
    setTimeout(done, seconds * 1000 + 5000).unref()
  })
  const took = (performance.now() - begin) / 1000
  for (const connection of open) connection.end()
  const times = (list) => ({ p50: percentile(list, 0.5), p99: percentile(list, 0.99) })
  return { requests: whole.length, seconds: took, errors, ...times(whole), first: times(first) }
}

if (process.argv[1] === import.meta.filename) {
  const result = await closedLoop(JSON.parse(readFileSync(process.argv[2], 'utf8')))
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit())
}
