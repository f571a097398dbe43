/** Measures a row: in each round each system in turn, so that what else the machine does meets all of them alike. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { within } from './deadline.mjs'
import { endAll } from './processes.mjs'

/** The folder and the cores of one turn. */
function turn(bench) {
  const folder = mkdtempSync(join(bench.runFolder, 'turn-'))
  const own = {
    ...bench,
    folder,
    /** A part of the turn that needs a folder of its own. */
    inFolder(name) {
      const part = join(folder, name)
      mkdirSync(part)
      return { ...own, folder: part }
    }
  }
  return own
}

async function measureOnce(bench, row, system) {
  const own = turn(bench)
  try {
    const seconds = bench.quick && !bench.tiny ? 25 : (row.seconds ?? 120)
    return await within(seconds, 'its turn', row.round(own, system))
  } finally {
    rmSync(own.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** A second failure is no chance. */
const MOST_FAILURES = 2

/**
 * One more round of a row.
 * @param results by system: `{ rounds, failures, missing?, failed? }`, added to
 * @param say what is told as it goes on
 */
export async function addRound(bench, row, { systems, results, say, isOver = () => false }) {
  const round = {}
  for (const system of systems) {
    const result = (results[system.name] ??= { rounds: [], failures: 0, missing: system.missing() })
    if (result.missing || result.failures >= MOST_FAILURES || isOver()) continue
    say(`${row.id}: ${system.name}, round ${result.rounds.length + 1}`)
    try {
      round[system.name] = await measureOnce(bench, row, system)
    } catch (error) {
      result.failures += 1
      result.failed = `failed: ${error.message.replaceAll(/\s+/g, ' ')}`
      // A turn that took too long may have left something running.
      if (!row.keeps) await endAll()
      say(`${row.id}: ${system.name} ${result.failed}`)
    }
  }
  row.afterRound?.(round)
  // A system that was not measured holds its place, so that rounds can be compared one by one.
  for (const { name } of systems) if (!results[name].missing) results[name].rounds.push(round[name] ?? {})
}
