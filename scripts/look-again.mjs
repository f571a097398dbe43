/**
 * Runs what failed in the last run on this Node once more, file by file: `look-again.mjs FOLDER`, the one with its reports. Where all
 * run side by side, a busy machine can be at fault. What fails again has failed, and so has a property for which chance found a counterexample:
 * another run would try others. The first failure is told at CI's end either way.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { readReports } from './test-reports.mjs'

/** No machine is so busy that more files fail. */
const MOST = 3

const root = fileURLToPath(new URL('..', import.meta.url))
const last = readReports(process.argv[2]).findLast(({ version }) => version === process.version)
const failed = (last?.results ?? []).filter(({ status }) => status === 'failed')
const isCounterexample = ({ assertionResults }) =>
  assertionResults.some(({ failureMessages = [] }) =>
    failureMessages.some((message) => message.includes('Property failed after'))
  )

function passes({ name: file }) {
  console.log(`\n== once more, by itself: ${file}`)
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))
  return spawnSync(process.execPath, [vitest, 'run', file], { cwd: root, stdio: 'inherit' }).status === 0
}

const isWorthALook = failed.length > 0 && failed.length <= MOST && !failed.some(isCounterexample)
process.exitCode = isWorthALook && failed.map(passes).every(Boolean) ? 0 : 1
