/** Replay of streams: 100 at once, each of 200 events, as fast as they go. */
import { bare } from '../systems/bare.mjs'
import { OURS, openaiProxy } from '../systems/openai-proxy.mjs'
import { exchanges } from '../traffic/chat.mjs'
import { RATES, onSystem, throughput } from './steps.mjs'

const EVENTS = 200
const RECORDED = exchanges(20, { stream: EVENTS })

export const replayStreams = {
  id: 'replay-streams',
  work: `replay, 100 concurrent SSE streams of ${EVENTS} events, instant`,
  systems: [bare, openaiProxy],
  quick: [bare.name, OURS],
  measure: bare.name,
  figures: {
    events: { title: 'events/s', better: 'more' },
    p99: RATES.p99,
    cpu: { title: 'processor per stream, µs', better: 'less' },
    busy: RATES.busy
  },
  aims: [{ figure: 'events', of: OURS, against: bare.name, atLeast: 0.7 }],
  round: (bench, system) =>
    onSystem(
      bench,
      { system, kind: 'replay', exchanges: RECORDED, probe: { body: RECORDED[7].request, answer: RECORDED[7].answer } },
      async (opened) => {
        const found = await throughput(bench, opened, { bodies: RECORDED.map(({ request }) => request), connections: 100 })
        return { ...found, events: found.rate * EVENTS }
      }
    )
}
