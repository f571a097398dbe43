/** 50 live streams at once: how much later the first byte comes when events have pauses between them, and how many events pass when they have none. */
import { bare } from '../systems/bare.mjs'
import { FORWARDERS_AND_DIRECT, QUICK } from '../systems/index.mjs'
import { OURS, OURS_RECORDING } from '../systems/openai-proxy.mjs'
import { chatEvents, chatRequest } from '../traffic/chat.mjs'
import { preciseLoad } from '../load/http.mjs'
import { RATES, addedTo, onSystem, throughput, warmUp } from './steps.mjs'

const EVENTS = 200
const STREAMS = 50
const BODIES = Array.from({ length: 200 }, (_, id) => chatRequest(id, { stream: true }))

/** A model writes some 50 events a second; so do these, in shorter streams, so that many begin. */
const PACED = { events: 20, gap: 20 }

const probe = (events) => ({ body: BODIES[0], answer: chatEvents(events).join('') })

export const liveStreams = {
  id: 'live-streams',
  work: `live, ${STREAMS} concurrent SSE streams`,
  systems: FORWARDERS_AND_DIRECT,
  quick: QUICK,
  measure: bare.name,
  figures: {
    added: { title: 'added to first byte, ms', better: 'less' },
    first: { title: 'first byte p50, ms', better: 'less' },
    firstLate: { title: 'first byte p99, ms', better: 'less' },
    events: { title: 'events/s', better: 'more' },
    cpu: { title: 'processor per stream, µs', better: 'less' },
    busy: RATES.busy
  },
  aims: [
    { figure: 'added', of: OURS, against: bare.name, atMost: 1.2 },
    { figure: 'first', of: OURS_RECORDING, against: OURS, atMost: 1.15 },
    { figure: 'events', of: OURS_RECORDING, against: OURS, atLeast: 0.85 }
  ],
  afterRound: (round) => addedTo({ first: 'added' }, round),
  async round(bench, system) {
    const paced = await onSystem(
      bench.inFolder('paced'),
      { system, kind: 'forward', api: PACED, probe: probe(PACED.events) },
      async (opened) => {
        const load = { url: opened.url, headers: opened.headers, bodies: BODIES, connections: STREAMS }
        await warmUp(bench, { ...load, connections: STREAMS * 4 })
        const bytes = Buffer.byteLength(probe(PACED.events).answer)
        return preciseLoad({ ...load, bytes, seconds: bench.quick ? 2 : 8 }, bench.folder)
      }
    )
    const full = await onSystem(
      bench.inFolder('full'),
      { system, kind: 'forward', api: { events: EVENTS }, probe: probe(EVENTS) },
      (opened) => throughput(bench, opened, { bodies: BODIES, connections: STREAMS })
    )
    return { first: paced.first.p50, firstLate: paced.first.p99, events: full.rate * EVENTS, cpu: full.cpu, busy: full.busy }
  }
}
