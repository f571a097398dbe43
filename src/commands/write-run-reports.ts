/** Writes the reports of a run that were asked for: annotations, JSON, JUnit, SARIF, a summary in Markdown. */
import { appendFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RunReportTarget } from '../config/report-formats.ts'
import { createReport } from './report-formats.ts'
import type { RunFacts } from './run-facts.ts'
import { checkoutOf } from './report-item.ts'
import { runItems } from './run-items.ts'
import { runSummary } from './run-summary.ts'

export interface RunReportParts {
  /** Whether a recording that answered nothing is an error. */
  readonly strict: boolean
  readonly targets: readonly RunReportTarget[]
  readonly version: string
  /** Standard output. */
  readonly write: (text: string) => void
}

/** Throws where a file cannot be written. */
export async function writeRunReports(facts: RunFacts, { targets, write, ...parts }: RunReportParts): Promise<void> {
  for (const { format, file } of targets) {
    const text = format === 'summary' ? `${runSummary(facts)}\n` : itemReport(facts, format, parts)
    if (file === undefined) {
      write(text)
      continue
    }
    await mkdir(dirname(file), { recursive: true })
    // A job has one page of summaries, which several steps fill.
    await (format === 'summary' ? appendFile(file, text) : writeFile(file, text))
  }
}

function itemReport(
  facts: RunFacts,
  format: Exclude<RunReportTarget['format'], 'summary'>,
  { version, strict }: Omit<RunReportParts, 'targets' | 'write'>
): string {
  const root = checkoutOf(process.env) ?? process.cwd()
  const report = createReport(format, { command: 'openai-proxy', version, root })
  const told = runItems(facts, strict).map((item) => report.add(item))
  const unused = facts.unused.reduce((sum, { recordings }) => sum + recordings.length, 0)
  // As the command that prunes takes it.
  const cassettes = facts.unused.flatMap(({ file, size, recordings }) => {
    return size === undefined ? [] : [{ name: file, size, unused: recordings }]
  })
  const totals = { calls: facts.calls.length, ...facts.counts, unused, savedUsd: facts.savedUsd, cassettes }
  const summary = `${totals.calls} calls, ${totals.missed} missed, ${unused} unused`
  return [...told, report.end({ summary, totals })].join('')
}
