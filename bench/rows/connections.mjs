/** Many connections held at once: 10,000 that are idle, 2,000 that each have a stream open. */
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { within } from '../harness/deadline.mjs'
import { machine } from '../harness/machine.mjs'
import { start } from '../harness/processes.mjs'
import { bare } from '../systems/bare.mjs'
import { nginx } from '../systems/nginx.mjs'
import { OURS, openaiProxy } from '../systems/openai-proxy.mjs'
import { chatRequest } from '../traffic/chat.mjs'
import { onSystem } from './steps.mjs'

const HOLDER = join(import.meta.dirname, '..', 'load', 'connections.mjs')

/** As many as the limit of open files lets through, two for each stream. */
function countFor(wanted, each) {
  return Math.min(wanted, Math.floor((machine().files - 500) / each))
}

/** Opens them, looks at the memory that they take, and asks again on some. */
async function hold(bench, opened, { count, streams }) {
  const file = join(bench.folder, 'connections.json')
  writeFileSync(
    file,
    JSON.stringify({ url: opened.url, headers: opened.headers, body: chatRequest(1, { stream: streams }), count, streams })
  )
  const before = opened.memory('VmRSS')
  const holder = start({ command: process.execPath, args: [HOLDER, file], cores: bench.cores.load, input: 'pipe' })
  const lines = createInterface({ input: holder.child.stdout })
  try {
    const [opening] = await within(300, 'opening connections', once(lines, 'line'))
    await new Promise((done) => setTimeout(done, bench.tiny ? 200 : 3000))
    const memory = opened.memory('VmRSS') - before
    holder.child.stdin.end()
    const [ending] = await within(30, 'asking again', once(lines, 'line'))
    const { held, errors } = JSON.parse(ending)
    if (JSON.parse(opening).held === 0) throw new Error('no connection could be opened')
    return { held, memory, each: (memory * 1024) / held, errors: errors + (count - held) }
  } finally {
    await holder.end()
  }
}

const row = ({ id, wanted, work, streams, each }) => ({
  id,
  work:
    countFor(wanted, each) < wanted
      ? `${work} (${countFor(wanted, each)}: the limit of open files is ${machine().files}; raise it with ulimit -n)`
      : work,
  systems: [bare, openaiProxy, nginx],
  measure: bare.name,
  seconds: 400,
  rounds: 3,
  figures: {
    memory: { title: 'memory, MB', better: 'less', unit: ' MB' },
    each: { title: 'kB each', better: 'less' },
    held: { title: 'held', better: 'more' },
    errors: { title: 'errors', better: 'less' }
  },
  aims: [
    { figure: 'errors', of: OURS, atMost: 0 },
    { figure: 'memory', of: OURS, against: bare.name, atMost: 2 }
  ],
  round(bench, system) {
    const count = bench.tiny ? 200 : countFor(wanted, each)
    const api = streams ? { drip: true } : {}
    const probe = { body: chatRequest(1, { stream: streams }), isStream: streams }
    return onSystem(bench, { system, kind: 'forward', api, probe }, (opened) => hold(bench, opened, { count, streams }))
  }
})

export const idleConnections = row({
  id: 'idle-connections',
  wanted: 10_000,
  work: '10,000 idle keep-alive connections',
  streams: false,
  each: 1
})
export const openStreams = row({ id: 'open-streams', wanted: 2000, work: '2,000 open streams', streams: true, each: 2 })
