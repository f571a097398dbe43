/** Our counts beside those of prom-client, which are what Prometheus expects: the same observations give the same text. */
import fc from 'fast-check'
import client from 'prom-client'
import { describe, expect, it } from 'vitest'
import { sumMetrics } from '../../src/inspector/metrics.ts'
import { createCounter, createHistogram } from '../../src/inspector/tally.ts'

const BOUNDS = [1, 4, 16, 64]
const labelNames = ['model', 'source']
const label = fc.constantFrom('a', 'b', '', 'with "quotes"', 'two\nlines')
const observed = fc.array(fc.record({ model: label, source: label, value: fc.integer({ min: 0, max: 100 }) }), { maxLength: 30 })

describe('what is counted', () => {
  it('reads as prom-client writes it, bucket by bucket', async () => {
    await fc.assert(
      fc.asyncProperty(observed, async (values) => {
        const registry = new client.Registry()
        const registers = [registry]
        const theirs = {
          histogram: new client.Histogram({ name: 'seconds', help: 'Time.', labelNames, buckets: BOUNDS, registers }),
          counter: new client.Counter({ name: 'calls_total', help: 'Calls.', labelNames, registers })
        }
        const ours = {
          histogram: createHistogram({ name: 'seconds', help: 'Time.', labelNames }, BOUNDS),
          counter: createCounter({ name: 'calls_total', help: 'Calls.', labelNames })
        }
        for (const { model, source, value } of values) {
          theirs.histogram.observe({ model, source }, value)
          theirs.counter.inc({ model, source }, value)
          ours.histogram.observe([model, source], value)
          ours.counter.add([model, source], value)
        }
        const { text } = await sumMetrics([[ours.histogram.read(), ours.counter.read()]])
        expect(text).toBe(await registry.metrics())
      }),
      { numRuns: 200 }
    )
  })

  it('of two processes is the sum of both', async () => {
    const read = (value: number) => {
      const histogram = createHistogram({ name: 'seconds', help: 'Time.', labelNames: ['model'] }, BOUNDS)
      histogram.observe(['a'], value)
      return [histogram.read()]
    }
    const { text } = await sumMetrics([read(2), read(20)])
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    expect(samples).toEqual([
      'seconds_bucket{le="1",model="a"} 0',
      'seconds_bucket{le="4",model="a"} 1',
      'seconds_bucket{le="16",model="a"} 1',
      'seconds_bucket{le="64",model="a"} 2',
      'seconds_bucket{le="+Inf",model="a"} 2',
      'seconds_sum{model="a"} 22',
      'seconds_count{model="a"} 2'
    ])
  })
})
