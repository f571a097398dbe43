/** Says of an aim what was measured, and whether it is met. */
import { median, ratioOfRounds } from './statistics.mjs'

/** In an aim's `against`: the best of the systems whose kind is `peer`. */
export const FASTEST_PEER = 'the fastest peer'

/** One figure of one system, a number a round; rounds that have none are left out at the end only. */
const valuesOf = (results, name, figure) => (results[name]?.rounds ?? []).map((round) => round[figure])
const known = (values) => values.filter((value) => value !== undefined)

function fastestPeer(row, results, figure) {
  const sign = row.figures[figure].better === 'less' ? 1 : -1
  const found = row.systems
    .filter(({ kind }) => kind === 'peer')
    .map(({ name }) => ({ name, value: median(known(valuesOf(results, name, figure))) }))
    .filter(({ value }) => value !== undefined)
  return found.toSorted((a, b) => sign * (a.value - b.value))[0]?.name
}

const bound = ({ atLeast, atMost }, unit) => (atLeast === undefined ? `≤ ${atMost}${unit}` : `≥ ${atLeast}${unit}`)
const holds = ({ atLeast, atMost }, value) => (atLeast === undefined ? value <= atMost : value >= atLeast)

/**
 * @param aim `{ figure, of, against?, atLeast | atMost, unless? }`: a ratio where it names an opponent, else the figure itself
 * @returns `met` is `undefined` where nobody can say; `why` then tells the reason
 */
export function judge(aim, row, results) {
  const { figure, of, against } = aim
  const values = valuesOf(results, of, figure)
  const value = median(known(values))
  const { title, unit = '' } = row.figures[figure]
  const judged = { work: row.work, measured: title, of, figure, value }
  const open = (why, more = {}) => ({ ...judged, aim: bound(aim, against ? ' ×' : unit), ...more, met: undefined, why })
  if (value === undefined) return open(`${of}: ${whyNot(results[of])}`)
  if (against === undefined)
    return { ...judged, aim: bound(aim, unit), met: aim.unless ? undefined : holds(aim, value), why: aim.unless }
  const opponent = against === FASTEST_PEER ? fastestPeer(row, results, figure) : against
  if (opponent === undefined) return open('no peer is at hand')
  const others = valuesOf(results, opponent, figure)
  const more = { against: opponent, other: median(known(others)) }
  if (more.other === undefined) return open(`${opponent}: ${whyNot(results[opponent])}`, more)
  const times = ratioOfRounds(values, others)
  if (times === undefined) return open(`${opponent} shows nothing above zero to compare with`, more)
  const met = aim.unless ? undefined : holds(aim, times)
  return { ...judged, ...more, aim: bound(aim, ' ×'), ratio: times, met, why: aim.unless }
}

/** Why a system has no figure. */
export function whyNot(result) {
  return result?.missing ?? result?.failed ?? 'not measured'
}
