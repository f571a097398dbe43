/** What a proxy adds to the time of a live call when nobody else asks. */
import { bare } from '../systems/bare.mjs'
import { duties } from '../systems/duties.mjs'
import { FORWARDERS_AND_DIRECT, QUICK } from '../systems/index.mjs'
import { OURS, OURS_RECORDING } from '../systems/openai-proxy.mjs'
import { chatAnswer, chatRequest } from '../traffic/chat.mjs'
import { RATES, addedTo, onSystem, throughput } from './steps.mjs'

const BODIES = Array.from({ length: 200 }, (_, id) => chatRequest(id))

export const liveOne = {
  id: 'live-one',
  work: 'live, one connection',
  systems: [duties, ...FORWARDERS_AND_DIRECT],
  quick: QUICK,
  measure: bare.name,
  figures: {
    added: { title: 'added p50, ms', better: 'less' },
    addedLate: { title: 'added p99, ms', better: 'less' },
    p50: RATES.p50,
    p99: RATES.p99,
    cpu: RATES.cpu
  },
  aims: [
    { figure: 'added', of: OURS, against: bare.name, atMost: 1.3 },
    { figure: 'addedLate', of: OURS, against: bare.name, atMost: 1.3 },
    { figure: 'p50', of: OURS_RECORDING, against: OURS, atMost: 1.15 }
  ],
  afterRound: (round) => addedTo({ p50: 'added', p99: 'addedLate' }, round),
  round: (bench, system) =>
    onSystem(bench, { system, kind: 'forward', api: {}, probe: { body: BODIES[0], answer: chatAnswer(1) } }, (opened) =>
      throughput(bench, opened, { bodies: BODIES, connections: 1 })
    )
}
