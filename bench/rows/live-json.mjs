/** Live calls on 32 connections, with every rule on, a log with bodies, costs counted; and while recording. */
import { FASTEST_PEER } from '../harness/aims.mjs'
import { bare } from '../systems/bare.mjs'
import { duties } from '../systems/duties.mjs'
import { FORWARDERS, QUICK } from '../systems/index.mjs'
import { OURS, OURS_RECORDING } from '../systems/openai-proxy.mjs'
import { chatAnswer, chatRequest } from '../traffic/chat.mjs'
import { RATES, onSystem, throughput } from './steps.mjs'

const BODIES = Array.from({ length: 1000 }, (_, id) => chatRequest(id))

export const liveJson = {
  id: 'live-json',
  work: 'live, JSON, all rules, log and cost on, 32 connections',
  systems: [duties, ...FORWARDERS],
  quick: QUICK,
  measure: bare.name,
  figures: RATES,
  aims: [
    { figure: 'rate', of: OURS, against: bare.name, atLeast: 0.6 },
    { figure: 'rate', of: OURS, against: FASTEST_PEER, atLeast: 1.7 },
    { figure: 'rate', of: OURS_RECORDING, against: OURS, atLeast: 0.85 }
  ],
  round: (bench, system) =>
    onSystem(bench, { system, kind: 'forward', api: {}, probe: { body: BODIES[0], answer: chatAnswer(1) } }, (opened) =>
      throughput(bench, opened, { bodies: BODIES, connections: 32 })
    )
}
