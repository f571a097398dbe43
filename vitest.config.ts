/** How tests run: everything under test/, and how much of src/ they must reach. */
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** Programs of their own, which coverage does not see into: `npm run coverage` leaves them out. */
const PROGRAMS = [
  'test/{cli,runners,ci}/**',
  'test/vitest/{runs,majors,browser,types}.test.ts',
  'test/msw/{majors,page}.test.ts',
  'test/acceptance/replicas.test.ts'
]

/** Where CI wants the counts of a run; unset at a desk. */
const reports = process.env['TEST_REPORTS']

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: process.argv.includes('--coverage') ? PROGRAMS : [],
    // Every core: what a test measures, it counts or compares. A loaded machine is no failure.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    setupFiles: ['test/support/clean-environment.ts'],
    ...(reports === undefined
      ? {}
      : { reporters: ['default', ['json', { outputFile: join(reports, `${process.version}-${process.pid}.json`) }]] }),
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
      thresholds: { statements: 92, branches: 88, functions: 93, lines: 94 }
    }
  }
})
