/** The sink of spans: what it tells when a collector fails, and that it never fails itself. */
import { expect, it, onTestFinished } from 'vitest'
import { openTraces, type TracesOptions } from '../../src/inspector/traces.ts'
import type { Sink } from '../../src/pipeline/ports.ts'
import { makeExchange } from '../log/make-exchange.ts'
import { startCollector } from '../support/otlp-collector.ts'

/** The most spans of one delivery. */
const BATCH = 512

const exchange = makeExchange({ body: '{}' }, { body: '{}' })

async function open(url: string): Promise<{ readonly sink: Sink; readonly reports: string[] }> {
  const reports: string[] = []
  const options: TracesOptions = {
    url,
    serviceName: 'test',
    version: '1.2.3',
    redaction: { text: (text) => text },
    upstreams: { openai: 'https://api.openai.com/v1', anthropic: 'https://api.anthropic.com' },
    report: (line) => reports.push(line)
  }
  return { sink: await openTraces(options), reports }
}

async function settle(sink: Sink, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) await sink.settle(exchange)
}

it('reports a collector that refuses once, and once that it is well again', async () => {
  await using otlp = await startCollector()
  const { sink, reports } = await open(otlp.url)
  otlp.answer(401)
  await settle(sink, BATCH)
  await expect.poll(() => reports.length).toBe(1)
  await settle(sink, BATCH)
  await expect.poll(() => otlp.requests.length).toBe(2)
  otlp.answer(200)
  await settle(sink, 1)
  await sink.close?.()
  const { host } = new URL(otlp.url)
  expect(reports).toEqual([
    `Spans cannot be delivered to ${host}: 401 Unauthorized. Calls go on; start an OTLP/HTTP collector there.`,
    `Spans are delivered to ${host} again; 1024 are missing.`
  ])
  expect(otlp.spans).toHaveLength(1)
})

it('closes in a few seconds while the collector is away', { timeout: 30_000 }, async () => {
  const { sink } = await open('http://127.0.0.1:9/v1/traces')
  await settle(sink, 1)
  await sink.close?.()
})

it('leaves what the process has registered alone', async () => {
  const { trace } = await import('@opentelemetry/api')
  const before = trace.getTracerProvider()
  await using otlp = await startCollector()
  const { sink } = await open(otlp.url)
  onTestFinished(() => sink.close?.())
  expect(trace.getTracerProvider()).toBe(before)
  expect(trace.getTracer('x').startSpan('y').isRecording()).toBe(false)
})
