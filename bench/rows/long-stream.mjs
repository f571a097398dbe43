/** The memory that one long stream takes at its peak, at two lengths: what flows through must not pile up. */
import { bare } from '../systems/bare.mjs'
import { FORWARDERS } from '../systems/index.mjs'
import { OURS, OURS_RECORDING } from '../systems/openai-proxy.mjs'
import { chatRequest } from '../traffic/chat.mjs'
import { drain } from '../load/drain.mjs'
import { onSystem } from './steps.mjs'

const MEGABYTE = 1024 * 1024
/** It asks for as much as it will be given: a stream that says more than was reserved for it is ended by a budget. */
const BODY = chatRequest(1, { stream: true, maxTokens: 100_000_000 })

export const longStream = {
  id: 'long-stream',
  work: 'a stream of 512 MB',
  systems: FORWARDERS,
  measure: bare.name,
  seconds: 600,
  rounds: 3,
  figures: {
    peak: { title: 'peak above idle, MB', better: 'less', unit: ' MB' },
    short: { title: 'the same for 128 MB', better: 'less', unit: ' MB' },
    growth: { title: 'growth with length, MB', better: 'less', unit: ' MB' },
    speed: { title: 'MB/s', better: 'more' }
  },
  aims: [OURS, OURS_RECORDING].flatMap((of) => [
    { figure: 'peak', of, atMost: 60 },
    // The collector's own rhythm moves a peak by some megabytes; what piles up would be 384 of them.
    { figure: 'growth', of, atMost: 16 }
  ]),
  async round(bench, system) {
    const through = (name, bytes) =>
      onSystem(
        bench.inFolder(name),
        { system, kind: 'forward', api: { bytes }, probe: { body: BODY, isStream: true } },
        async (opened) => {
          await new Promise((done) => setTimeout(done, 500))
          const idle = opened.memory('VmRSS')
          opened.forgetPeak()
          const { bytes: passed, seconds } = await drain({ url: opened.url, headers: opened.headers, body: BODY })
          if (passed < bytes) throw new Error(`${passed} of ${bytes} bytes came through`)
          return { peak: opened.memory('VmHWM') - idle, speed: passed / MEGABYTE / seconds }
        }
      )
    const scale = bench.tiny ? 16 : 1
    const short = await through('short', (128 * MEGABYTE) / scale)
    const long = await through('long', (512 * MEGABYTE) / scale)
    return { peak: long.peak, short: short.peak, growth: long.peak - short.peak, speed: long.speed }
  }
}
