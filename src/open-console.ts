/** Opens what shows exchanges to whoever looks: the debug console, or only what no recording fits. */
import { createDebugConsole } from './log/debug-console.ts'
import { createMissReport } from './log/miss-report.ts'
import type { Watcher } from './pipeline/ports.ts'
import type { Redaction } from './redaction/redactor.ts'

/** A stream to show exchanges on. */
export interface ConsoleOutput {
  write(text: string): unknown
  readonly isTTY?: boolean
}

/** Without a console, a request that no recording fits is told all the same. */
export function openConsole(output: ConsoleOutput | undefined, redaction: Redaction, report: (line: string) => void): Watcher {
  if (!output) return createMissReport(report, redaction)
  return createDebugConsole({ write: (text) => void output.write(text), redaction, color: output.isTTY === true })
}
