/** The formats in which commands print what they find. */
export const REPORT_FORMATS = ['text', 'github', 'json', 'junit', 'sarif'] as const

/** What a command behind `--` is reported in, besides the lines on standard error. */
export const RUN_REPORT_FORMATS = ['github', 'json', 'junit', 'sarif', 'summary'] as const

/** Where a run is reported to. */
export interface RunReportTarget {
  readonly format: (typeof RUN_REPORT_FORMATS)[number]
  /** `undefined`: standard output. */
  readonly file: string | undefined
}

/**
 * Reads `junit=report.xml`; annotations need no file.
 * @throws where it says something else
 */
export function readRunReport(text: string): RunReportTarget {
  const [, name = text, file] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? []
  const format = RUN_REPORT_FORMATS.find((one) => one === name)
  const known = RUN_REPORT_FORMATS.map((one) => (one === 'github' ? one : `${one}=FILE`)).join(', ')
  if (!format) throw new Error(`--report ${text} is none of ${known}.`)
  if (file === '' || (file === undefined && format !== 'github'))
    throw new Error(`--report ${format} needs a file: --report ${format}=FILE.`)
  return { format, file }
}

export type ReportFormat = (typeof REPORT_FORMATS)[number]
