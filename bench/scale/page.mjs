/** Fills the tables of docs/scale.md: what was simulated, and what follows from it and from bench/RESULTS.json. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../harness/machine.mjs'
import { number, table } from '../harness/table.mjs'
import { ASSUMED, sizeFor } from './model.mjs'

const PAGE = join(ROOT, 'docs', 'scale.md')
const RESULTS = join(ROOT, 'bench', 'RESULTS.json')
const OURS = 'openai-proxy'

/** A text with what stands between two marks replaced; both must be there. */
export function fill(text, name, content) {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [text.indexOf(open), text.indexOf(close)]
  if (from === -1 || to < from) throw new Error(`docs/scale.md has no place for "${name}".`)
  return `${text.slice(0, from + open.length)}\n\n${content}\n\n${text.slice(to)}`
}

/** The figures of one replica and of Redis that the arithmetic takes. Throws where one was not measured. */
export function figuresOf(results, { loads, memory }) {
  const of = (row, figure) => {
    const value = results[row]?.[OURS]?.[figure]
    if (value === undefined) throw new Error(`bench/RESULTS.json has no ${figure} of ${row}. Run npm run bench first.`)
    return value
  }
  const full = loads.find(({ kind }) => kind === 'full')
  return {
    jsonUs: of('live-json', 'cpu'),
    streamUs: of('live-streams', 'cpu'),
    streamEvents: 200,
    openStreamKb: of('open-streams', 'each'),
    redisUs: full.redisUs,
    redisBytes: full.bytes,
    ...memory
  }
}

const USERS = [1000, 10_000, 100_000, 1_000_000]

export function sizesTable(figures, assumed = ASSUMED) {
  const heads = [
    ['users', ({ users }) => number(users)],
    ['calls/s at the peak', (one) => number(one.callsPerSecond)],
    ['calls under way', ({ open }) => number(open)],
    ['cores', ({ cores }) => number(cores)],
    ['replicas', (one) => number(one.replicas)],
    ['what is used up first', ({ limit }) => limit],
    ['open streams, MB', (one) => number(one.streamsMb)],
    ['log, GB a day', (one) => number(one.logGbPerDay)],
    ['Redis’ core, %', (one) => number(one.redisShare * 100)],
    ['Redis, MB/s', (one) => number(one.redisMbPerSecond)],
    ['Redis, MB held', (one) => number(one.redisMb)]
  ]
  const sizes = USERS.map((users) => sizeFor(users, figures, assumed))
  return table([heads.map(([head]) => head), ...sizes.map((one) => heads.map(([, cell]) => cell(one)))])
}

/** The tables that need the figures of one replica; words in their place where none were measured. */
function replicaTables(simulation) {
  if (!existsSync(RESULTS)) {
    const missing =
      'Not computed yet: `npm run bench` measures one replica, then `node bench/scale.mjs --write` fills this table.'
    return { figures: missing, sizes: missing }
  }
  const figures = figuresOf(JSON.parse(readFileSync(RESULTS, 'utf8')), simulation)
  const known = table([
    ['figure', 'value', 'from'],
    ['processor for a JSON call, µs', number(figures.jsonUs), 'bench/RESULTS.md, live JSON'],
    [`processor for a stream of ${figures.streamEvents} events, µs`, number(figures.streamUs), 'bench/RESULTS.md, live streams'],
    ['memory of an open stream, kB', number(figures.openStreamKb), 'bench/RESULTS.md, open streams'],
    ['Redis’ processor for a call, µs', number(figures.redisUs), 'the simulation'],
    ['bytes to and from Redis for a call', number(figures.redisBytes), 'the simulation'],
    ['Redis’ memory for a token that is active, bytes', number(figures.redisTokenBytes), 'the simulation'],
    ['Redis’ memory for a call in its windows, bytes', number(figures.redisCallBytes), 'the simulation']
  ])
  return { figures: known, sizes: sizesTable(figures) }
}

export function writePage(simulation, tables) {
  const machineLine = `${simulation.date}: ${simulation.facts.model}, ${simulation.facts.cores} cores; Redis on one, ${simulation.replicas} replicas' ledgers on the other. Load average at the start ${simulation.facts.load.toFixed(2)}.`
  const parts = { machine: machineLine, ...replicaTables(simulation), ...tables }
  const text = Object.entries(parts).reduce((page, [name, content]) => fill(page, name, content), readFileSync(PAGE, 'utf8'))
  writeFileSync(PAGE, text)
}
