/** A vitest run of 200 tests in 40 files, answered from recordings or by handlers, beside the same tests that ask an API on loopback. */
import { existsSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { openUpstream } from '../harness/open-system.mjs'
import { makeProject, missingEntry, runVitest } from '../harness/project.mjs'
import { SUITES, SUITE_DIRECT, SUITE_MSW, SUITE_OURS, testFile } from '../systems/suites.mjs'

const TESTS_OF_A_FILE = 5

/** Projects of this run by suite: made and recorded once. */
const projects = new Map()

const missing = (suite) => (suite.entry ? missingEntry(suite.entry) : suite.missing())

/** Writes the suite; records once what it replays. */
async function makeSuite(bench, suite) {
  const folder = mkdtempSync(join(bench.runFolder, 'suite-'))
  const upstream = await openUpstream({}, bench.cores.all)
  try {
    const { setup, ...parts } = suite.files({ origin: upstream.origin })
    const numbers = Array.from({ length: bench.tiny ? 3 : 40 }, (_, index) => index)
    const config = { test: { include: ['test/*.test.js'], ...(setup ? { globalSetup: ['./setup.mjs'] } : {}) } }
    makeProject(folder, {
      'vitest.config.mjs': `export default ${JSON.stringify(config)}\n`,
      ...(setup ? { 'setup.mjs': setup } : {}),
      ...Object.fromEntries(numbers.map((file) => [`test/call-${file}.test.js`, testFile(parts, file, TESTS_OF_A_FILE)]))
    })
    if (suite.record) await runVitest(folder, { env: suite.record, cores: bench.cores.all })
    return { folder, upstream, count: numbers.length * TESTS_OF_A_FILE }
  } catch (error) {
    await upstream.end()
    throw error
  }
}

async function projectOf(bench, suite) {
  const known = projects.get(suite.name)
  if (known && existsSync(known.folder)) return known
  const project = await makeSuite(bench, suite)
  projects.set(suite.name, project)
  // Only those who ask it need it further.
  if (suite.name !== SUITE_DIRECT) await project.upstream.end()
  return project
}

export const testSuite = {
  id: 'test-suite',
  work: 'a vitest run of 200 tests in 40 files, replaying',
  systems: SUITES.map((suite) => ({ ...suite, missing: () => missing(suite) })),
  measure: SUITE_DIRECT,
  seconds: 500,
  rounds: 3,
  // The API of the tests without a proxy stays from round to round.
  keeps: true,
  figures: { seconds: { title: 'wall time, s', better: 'less', unit: ' s' } },
  aims: [{ figure: 'seconds', of: SUITE_OURS, against: SUITE_MSW, atMost: 1.2 }],
  async round(bench, suite) {
    const { folder, count } = await projectOf(bench, suite)
    const { ms, passed } = await runVitest(folder, { env: suite.replay, cores: bench.cores.all })
    if (passed !== count) throw new Error(`${passed} of ${count} tests passed`)
    return { seconds: ms / 1000 }
  }
}
