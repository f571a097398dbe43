/** The arithmetic of docs/scale.md, worked by hand; and what becomes of its tables. */
import { expect, it } from 'vitest'
import { loadBench } from './load.ts'

interface Size {
  readonly callsPerSecond: number
  readonly open: number
  readonly cores: number
  readonly replicas: number
  readonly limit: string
  readonly streamsMb: number
  readonly logGbPerDay: number
  readonly redisShare: number
  readonly redisMbPerSecond: number
  readonly redisMb: number
}
type SizeFor = (users: number, figures: object, assumed?: object) => Size

const { sizeFor } = await loadBench<{ sizeFor: SizeFor }>('scale/model.mjs')
const { fill, figuresOf } = await loadBench<{
  fill: (text: string, name: string, content: string) => string
  figuresOf: (results: object, simulation: object) => Record<string, number>
}>('scale/page.mjs')

const ASSUMED = {
  active: 0.5,
  callsPerHour: 36,
  peak: 2,
  streams: 0.5,
  events: 100,
  callSeconds: 10,
  logKb: 10,
  busy: 0.5,
  busyHours: 10
}
const FIGURES = {
  jsonUs: 1000,
  streamUs: 6000,
  streamEvents: 200,
  openStreamKb: 64,
  redisUs: 200,
  redisBytes: 2000,
  redisTokenBytes: 500,
  redisCallBytes: 100
}

it('sizes a deployment as one would by hand', () => {
  // 1,000 users, 500 there, 18,000 calls an hour: 5 a second, 10 at the peak.
  const size = sizeFor(1000, FIGURES, ASSUMED)
  expect(size.callsPerSecond).toBeCloseTo(10)
  expect(size.open).toBeCloseTo(100)
  // Half JSON of 1 ms, half streams of 3 ms: 2 ms a call, 20 ms of each second, of half a core.
  expect(size.cores).toBeCloseTo(0.04)
  expect(size.replicas).toBe(1)
  expect(size.streamsMb).toBeCloseTo(6.25)
  // 18,000 calls an hour, 10 hours, 10 kB.
  expect(size.logGbPerDay).toBeCloseTo(1.8)
  expect(size.redisShare).toBeCloseTo(0.002)
  expect(size.redisMbPerSecond).toBeCloseTo(0.02)
  // 500 tokens of 500 bytes, 600 calls of a minute of 100.
  expect(size.redisMb).toBeCloseTo(0.31)
})

it('says what is used up first', () => {
  expect(sizeFor(1_000_000, FIGURES, ASSUMED)).toMatchObject({ replicas: 245, limit: 'open files' })
  expect(sizeFor(1_000_000, { ...FIGURES, jsonUs: 30_000 }, ASSUMED)).toMatchObject({ replicas: 330, limit: 'processor' })
})

it('fills a table in its place, and again', () => {
  const page = 'a\n<!-- load --><!-- /load -->\nb'
  const once = fill(page, 'load', '| x |')
  expect(once).toBe('a\n<!-- load -->\n\n| x |\n\n<!-- /load -->\nb')
  expect(fill(once, 'load', '| y |')).toBe('a\n<!-- load -->\n\n| y |\n\n<!-- /load -->\nb')
  expect(() => fill(page, 'other', '')).toThrow('no place for "other"')
})

it('takes no figure that was not measured', () => {
  const simulation = { loads: [{ kind: 'full', redisUs: 100, bytes: 2000 }], memory: { redisTokenBytes: 1, redisCallBytes: 2 } }
  const results = {
    'live-json': { 'openai-proxy': { cpu: 500 } },
    'live-streams': { 'openai-proxy': { cpu: 4000 } },
    'open-streams': { 'openai-proxy': { each: 50 } }
  }
  expect(figuresOf(results, simulation)).toMatchObject({
    jsonUs: 500,
    streamUs: 4000,
    openStreamKb: 50,
    redisUs: 100,
    redisTokenBytes: 1
  })
  expect(() => figuresOf({ ...results, 'open-streams': {} }, simulation)).toThrow('no each of open-streams')
})
