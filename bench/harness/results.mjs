/** The page of results: the machine's facts, every aim, every system. */
import { FASTEST_PEER, judge } from './aims.mjs'
import { QUIET, versions } from './machine.mjs'
import { median } from './statistics.mjs'
import { aimsTable, rowTable, table } from './table.mjs'

/** Every aim of the rows that were measured, judged; those of systems that were not asked for are left out. */
export function judgeAll(measured) {
  return measured.flatMap(({ row, results }) => {
    const isAsked = ({ of, against }) =>
      row.systems.some(({ name }) => name === of) &&
      (against === undefined ||
        row.systems.some(({ name, kind }) => (against === FASTEST_PEER ? kind === 'peer' : name === against)))
    return row.aims.filter(isAsked).map((aim) => judge(aim, row, results))
  })
}

/** The medians of every figure, by row and system: for whoever computes with them. */
export function medians(measured) {
  const middle = (rounds, figure) => median(rounds.map((round) => round[figure]).filter((value) => value !== undefined))
  const ofSystem = (row, { rounds }) => Object.keys(row.figures).map((figure) => [figure, middle(rounds, figure)])
  return Object.fromEntries(
    measured.map(({ row, results }) => [
      row.id,
      Object.fromEntries(Object.entries(results).map(([name, result]) => [name, Object.fromEntries(ofSystem(row, result))]))
    ])
  )
}

/** Words for figures that were taken while others worked; `undefined` on a quiet machine. */
export function busyWarning({ load, cores }) {
  if (load <= QUIET * cores) return undefined
  return `The machine was busy: load average ${load.toFixed(1)} on ${cores} cores at the start. These figures compare nothing.`
}

/** @param run `{ measured, facts, began, load: name of the load, more? }` */
export function resultsPage({ measured, facts, began, loadName, isPinned }) {
  const warning = busyWarning(facts)
  const known = [
    ['fact', 'of this run'],
    ['date', began.toISOString()],
    ['processor', `${facts.model}, ${facts.cores} cores`],
    ['memory, kernel', `${facts.memory}, ${facts.kernel}`],
    ['load average at the start', facts.load.toFixed(2)],
    ['the system', isPinned ? 'on the first core' : 'not pinned: taskset is not at hand'],
    ['the load', `${loadName}, with the upstream on the other cores`],
    ...versions()
  ]
  const rows = measured.map(({ row, results }) => `### ${row.work}\n\n${rowTable(row, results)}`)
  return [
    '# Results',
    '`npm run bench` wrote this. Medians of rounds in alternation; a ratio in the first table is the median of the rounds’ own, one in brackets is to the row’s measure. What each row means: [docs/performance.md](../docs/performance.md#against-others).',
    ...(warning ? [`> **${warning}**`] : []),
    table(known),
    '## Aims',
    aimsTable(judgeAll(measured)),
    '## All systems',
    ...rows
  ].join('\n\n')
}
