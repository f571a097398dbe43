/** A cassette of 20,000 interactions, by `cassettes.mjs`, which also runs alone. */
import { join } from 'node:path'
import { run } from '../harness/processes.mjs'
import { OURS } from '../systems/openai-proxy.mjs'

const SCRIPT = join(import.meta.dirname, '..', 'cassettes.mjs')
const CASSETTE = { name: OURS, kind: 'ours', missing: () => undefined }

export const largeCassette = {
  id: 'large-cassette',
  work: 'cassette of 20,000 interactions',
  systems: [CASSETTE, { ...CASSETTE, name: 'yaml, whole', kind: 'measure' }],
  measure: 'yaml, whole',
  seconds: 600,
  rounds: 1,
  figures: {
    open: { title: 'open, ms', better: 'less', unit: ' ms' },
    first: { title: 'first hit, ms', better: 'less', unit: ' ms' },
    miss: { title: 'nearest on a miss, ms', better: 'less', unit: ' ms' },
    held: { title: 'memory held, of the file', better: 'less', unit: ' of the file' }
  },
  aims: [
    { figure: 'open', of: OURS, atMost: 1000 },
    { figure: 'first', of: OURS, atMost: 5 },
    { figure: 'miss', of: OURS, atMost: 300 },
    { figure: 'held', of: OURS, atMost: 1.5 }
  ],
  async round(bench, { name }) {
    const count = bench.tiny ? 600 : 20_000
    const part = name === OURS ? 'cassette' : 'yaml'
    const args = [SCRIPT, String(count), '--json', part]
    const { output } = await run({ command: process.execPath, args, cores: bench.cores.system }, 500)
    return JSON.parse(output)
  }
}
