/** One worker of `--workers N`: started by the first process, never by hand. */
import { createReport } from '../log/report.ts'
import { pipeTo } from './pipe.ts'
import { runWorker } from './run-worker.ts'

// A terminal signals every process of a group: when to close is the first process's to say.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

// Without the first process nobody counts and nobody closes.
process.on('disconnect', () => process.exit())

const listens = await runWorker({
  pipe: pipeTo(process as Parameters<typeof pipeTo>[0]),
  args: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  report: createReport(process.stderr),
  debug: process.stdout
})
if (!listens) process.disconnect()
