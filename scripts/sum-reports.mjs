/** Adds up vitest's JSON reports of a folder and the steps beside them: prints each test that failed, then `N passed, N failed`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder = '.', passedSteps = '0', failedSteps = '0'] = process.argv.slice(2)
let passed = Number(passedSteps)
let failed = Number(failedSteps)
for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  const report = JSON.parse(readFileSync(join(folder, file), 'utf8'))
  passed += report.numPassedTests
  // A file that could not be loaded holds no test that could fail.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0
  ).length
  failed += report.numFailedTests + broken
  for (const { name, status, message, assertionResults } of report.testResults) {
    if (status === 'failed' && assertionResults.length === 0) console.log(`\n${file}: ${name}\n${message}`)
    for (const test of assertionResults.filter((one) => one.status === 'failed')) {
      console.log(`\n${file}: ${name}: ${test.fullName}\n${test.failureMessages.join('\n').slice(0, 2_000)}`)
    }
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
