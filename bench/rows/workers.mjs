/** Two processes of one proxy beside one: how many calls more, and whether a rate is still exact. */
import { machine } from '../harness/machine.mjs'
import { preciseLoad } from '../load/http.mjs'
import { OURS, forwardWith } from '../systems/openai-proxy.mjs'
import { chatAnswer, chatRequest } from '../traffic/chat.mjs'
import { RATES, onSystem, throughput } from './steps.mjs'

const { cores } = machine()
const BODIES = Array.from({ length: 1000 }, (_, id) => chatRequest(id))
const LIMIT = 200

const withWorkers = (count, settings = {}) => ({
  name: `${OURS}, ${count} ${count === 1 ? 'worker' : 'workers'}`,
  kind: 'ours',
  missing: () => undefined,
  forward: (task) => forwardWith(task, { args: ['--workers', String(count)], settings }),
  limited: () => withWorkers(count, { rateLimit: LIMIT })
})

const [ONE, TWO] = [withWorkers(1), withWorkers(2)]

export const workers = {
  id: 'workers',
  work: 'several cores: --workers 2',
  systems: [ONE, TWO],
  measure: ONE.name,
  figures: {
    rate: RATES.rate,
    cpu: RATES.cpu,
    p99: RATES.p99,
    passed: { title: `let through by a limit of ${LIMIT}`, better: 'more' }
  },
  aims: [
    {
      figure: 'rate',
      of: TWO.name,
      against: ONE.name,
      atLeast: 1.7,
      unless: cores < 4 ? `two workers and the load need four cores, here are ${cores}` : undefined
    },
    // What 1.7 × on two cores comes to: 2 / 1.7 of the time of the processor.
    { figure: 'cpu', of: TWO.name, against: ONE.name, atMost: 1.18 },
    { figure: 'passed', of: TWO.name, atLeast: LIMIT },
    { figure: 'passed', of: TWO.name, atMost: LIMIT }
  ],
  async round(bench, system) {
    const own = cores < 4 ? bench.cores.all : '0-1'
    const load = cores < 4 ? bench.cores.all : `2-${cores - 1}`
    const given = { kind: 'forward', api: {}, probe: { body: BODIES[0], answer: chatAnswer(1) } }
    const spread = (name) => ({ ...bench.inFolder(name), cores: { ...bench.cores, system: own, load } })
    const { rate, cpu, p99 } = await onSystem(spread('rate'), { ...given, system }, (opened) =>
      throughput(bench, opened, { bodies: BODIES, connections: 64 })
    )
    const passed = await onSystem(spread('limit'), { ...given, system: system.limited() }, async (opened) => {
      const asked = { url: opened.url, headers: opened.headers, bodies: BODIES, connections: 16, seconds: 30, most: 2 * LIMIT }
      const { requests, errors } = await preciseLoad({ ...asked, mayFail: true }, bench.folder)
      // The first answer was that which said it is ready.
      return requests - errors + 1
    })
    return { rate, cpu, p99, passed }
  }
}
