/** Replay of plain answers: one of 1,000 recorded, asked for on 32 connections. */
import { FASTEST_PEER } from '../harness/aims.mjs'
import { bare } from '../systems/bare.mjs'
import { duties } from '../systems/duties.mjs'
import { mockttp } from '../systems/mockttp.mjs'
import { mountebank } from '../systems/mountebank.mjs'
import { OURS, openaiProxy } from '../systems/openai-proxy.mjs'
import { talkback } from '../systems/talkback.mjs'
import { wiremock } from '../systems/wiremock.mjs'
import { exchanges } from '../traffic/chat.mjs'
import { RATES, onSystem, throughput } from './steps.mjs'

const RECORDED = exchanges(1000)

export const replayJson = {
  id: 'replay-json',
  work: 'replay, one JSON of 1,000 recorded, 32 connections',
  systems: [bare, duties, openaiProxy, talkback, mountebank, wiremock, mockttp],
  quick: [bare.name, OURS],
  measure: bare.name,
  figures: RATES,
  aims: [
    { figure: 'rate', of: OURS, against: bare.name, atLeast: 0.7 },
    { figure: 'rate', of: OURS, against: FASTEST_PEER, atLeast: 1.5 }
  ],
  round: (bench, system) =>
    onSystem(
      bench,
      { system, kind: 'replay', exchanges: RECORDED, probe: { body: RECORDED[7].request, answer: RECORDED[7].answer } },
      (opened) => throughput(bench, opened, { bodies: RECORDED.map(({ request }) => request), connections: 32 })
    )
}
