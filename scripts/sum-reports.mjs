/**
 * Adds up vitest's JSON reports of a folder and the steps beside them: `sum-reports.mjs FOLDER PASSED FAILED CODE`. Tells each test that
 * failed, and what passed only when it was looked at again; its last line is `N passed, N failed`.
 */
import { readReports } from './test-reports.mjs'

const [folder = '.', passedSteps = '0', failedSteps = '0', code = '0'] = process.argv.slice(2)
let passed = Number(passedSteps)
let failed = Number(failedSteps)

const failuresOf = ({ status, message, assertionResults }) =>
  // A file that could not be loaded holds no test that could fail.
  status === 'failed' && assertionResults.length === 0
    ? [{ test: 'could not be loaded', message }]
    : assertionResults
        .filter((one) => one.status === 'failed')
        .map((one) => ({ test: one.fullName, message: one.failureMessages.join('\n') }))

const tell = (what, { version, name }, failures) => {
  for (const { test, message } of failures)
    console.log(`\n${what}, Node ${version}: ${name}: ${test}\n${message.slice(0, 2_000)}`)
}

/** The last look at each file, on each Node, with what failed before. */
const looks = new Map()
for (const { version, results } of readReports(folder)) {
  for (const result of results) {
    const key = `${version} ${result.name}`
    const before = looks.get(key)
    looks.set(key, { version, ...result, earlier: before ? failuresOf(before) : [] })
  }
}

for (const look of looks.values()) {
  const failures = failuresOf(look)
  passed += look.assertionResults.filter(({ status }) => status === 'passed').length
  failed += failures.length
  tell('failed', look, failures)
  if (failures.length === 0) tell('failed beside all others, and passed by itself', look, look.earlier)
}
if (Number(code) !== 0 && failed === 0) failed = 1
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
