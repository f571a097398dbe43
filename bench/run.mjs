/** `npm run bench`: each row of work on each system in turn, one table of figures, ratios and aims, and bench/RESULTS.md. */
import { existsSync, mkdtempSync, rmSync, writeFileSync, appendFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT, coresFor, hasProgram, machine } from './harness/machine.mjs'
import { endAll, endAllNow, pinSelf } from './harness/processes.mjs'
import { busyWarning, judgeAll, medians, resultsPage } from './harness/results.mjs'
import { addRound } from './harness/rounds.mjs'
import { aimsTable, rowTable } from './harness/table.mjs'
import { loadName } from './load/http.mjs'
import { QUICK_ROWS, ROWS } from './rows/index.mjs'

const HELP = `node bench/run.mjs [options]
  --quick           under two minutes: what must not fall, beside bare node:http alone; never fails
  --only ROW,…      only these rows: ${ROWS.map(({ id }) => id).join(', ')}
  --systems NAME,…  only these systems
  --rounds N        rounds of each row (5, or what the row says)
  --tiny            smallest sizes, to see that everything runs; the figures mean nothing
  --to FILE         where the page of results is written (bench/RESULTS.md for a whole run), and its medians as JSON beside it
`

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    systems: { type: 'string' },
    rounds: { type: 'string' },
    tiny: { type: 'boolean', default: false },
    to: { type: 'string' },
    help: { type: 'boolean', default: false }
  }
})
const print = (text) => process.stdout.write(`${text}\n`)
/** What goes on, on the other stream, so that the tables can be kept. */
const began = new Date()
const say = (text) => process.stderr.write(`${((Date.now() - began.getTime()) / 1000).toFixed(0).padStart(5)} s  ${text}\n`)

const QUICK_SECONDS = 70
const isLate = () => given.quick && Date.now() - began.getTime() > QUICK_SECONDS * 1000

function chosenRows() {
  if (given.only === undefined) return given.quick ? QUICK_ROWS : ROWS
  return given.only.split(',').map((id) => {
    const row = ROWS.find((one) => one.id === id)
    if (!row) throw new Error(`There is no row ${id}. Rows are ${ROWS.map((one) => one.id).join(', ')}.`)
    return row
  })
}

function chosenSystems(row) {
  if (given.systems) return row.systems.filter(({ name }) => given.systems.split(',').includes(name))
  return given.quick ? row.systems.filter(({ name }) => row.quick?.includes(name)) : row.systems
}

const roundsOf = (row) => Number(given.rounds ?? (given.quick ? 3 : (row.rounds ?? 5)))

/** Row after row; in a quick run round after round, so that each row has some when the time is over. */
async function measureAll(bench, onRow) {
  const measured = chosenRows().map((row) => ({ row: { ...row, systems: chosenSystems(row) }, results: {} }))
  const round = ({ row, results }) => addRound(bench, row, { systems: row.systems, results, say, isOver: isLate })
  if (given.quick) {
    for (let done = 0; done < roundsOf({}) && !isLate(); done += 1) for (const one of measured) if (!isLate()) await round(one)
    return measured
  }
  for (const [index, one] of measured.entries()) {
    for (let done = 0; done < roundsOf(one.row); done += 1) await round(one)
    onRow(measured.slice(0, index + 1), one)
  }
  return measured
}

async function main() {
  if (!existsSync(join(ROOT, 'dist', 'cli.js'))) throw new Error('dist/ is not built. Run npm run build.')
  const facts = machine()
  const cores = coresFor(facts.cores)
  const isPinned = hasProgram('taskset') && facts.cores > 1
  if (isPinned) pinSelf(cores.load)
  else
    say(
      'Not pinned to cores: taskset is not at hand (apt-get install util-linux), or there is one core. The load disturbs the system.'
    )
  const warning = busyWarning(facts)
  if (warning) say(`WARNING  ${warning}`)
  say(`load: ${loadName()}`)

  const runFolder = mkdtempSync(join(tmpdir(), 'openai-proxy-bench-'))
  const isWhole = !given.quick && !given.tiny && given.only === undefined && given.systems === undefined
  const to = given.to ?? (isWhole ? join(ROOT, 'bench', 'RESULTS.md') : undefined)
  const page = (measured) => `${resultsPage({ measured, facts, began, loadName: loadName(), isPinned })}\n`
  process.once('exit', () => {
    endAllNow()
    rmSync(runFolder, { recursive: true, force: true })
  })
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))

  const bench = { quick: given.quick || given.tiny, tiny: given.tiny, cores, runFolder }
  const measured = await measureAll(bench, (soFar, { row, results }) => {
    print(`\n${row.work}\n${rowTable(row, results)}`)
    if (to) write(to, page, soFar)
  })
  await endAll()
  report(measured, warning, to && { to, page })
}

/** For people, and beside it for programs. */
function write(to, page, measured) {
  writeFileSync(to, page(measured))
  writeFileSync(to.replace(/(?:\.md)?$/, '.json'), `${JSON.stringify(medians(measured), null, 2)}\n`)
}

function report(measured, warning, written) {
  const shown = [...(warning ? [`> ${warning}`] : []), aimsTable(judgeAll(measured))].join('\n\n')
  print(`\n${shown}`)
  const summary = process.env.GITHUB_STEP_SUMMARY
  if (summary) appendFileSync(summary, `## Beside bare node:http\n\n${shown}\n`)
  if (!written) return
  write(written.to, written.page, measured)
  say(`written: ${written.to}`)
}

if (given.help) print(HELP)
else {
  try {
    await main()
  } catch (error) {
    say(error.message)
    // A quick run tells; it breaks nothing.
    process.exitCode = given.quick ? 0 : 1
  }
  process.exit()
}
