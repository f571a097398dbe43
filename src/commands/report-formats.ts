/** Prints what a command finds in files: for people, for GitHub's annotations, as JSON, as JUnit's XML, as SARIF. Pure. */
import { isAbsolute, relative, resolve } from 'node:path'
import type { ReportFormat } from '../config/report-formats.ts'
import { printable } from './command-error.ts'
import type { Reporter, ReportItem } from './report-item.ts'
import { sarif } from './sarif.ts'

/** What there is to say at the end. */
export interface ReportEnd {
  /** One line. */
  readonly summary: string
  /** The same for machines. */
  readonly totals: object
}

/** Takes items as they come; each call gives what is to be written then. */
export interface Report {
  add(item: ReportItem): string
  end(end: ReportEnd): string
}

export function createReport(format: ReportFormat, reporter: Reporter): Report {
  return FORMATS[format](reporter)
}

const FORMATS: Readonly<Record<ReportFormat, (reporter: Reporter) => Report>> = {
  text: () => ({
    add: (item) => (isTold(item) ? `${place(item)} ${printable(item.name)}: ${printable(item.text)}\n` : ''),
    end: ({ summary }) => `${summary}\n`
  }),
  github: ({ root }) => ({
    add: (item) => (isTold(item) ? `${annotation(fromRoot(item, root))}\n` : ''),
    end: ({ summary }) => `${summary}\n`
  }),
  json() {
    const findings: object[] = []
    return {
      add({ json }) {
        if (json) findings.push(json)
        return ''
      },
      end: ({ totals }) => `${JSON.stringify({ ...totals, findings }, null, 2)}\n`
    }
  },
  junit({ command }) {
    const items: ReportItem[] = []
    return {
      add(item) {
        items.push(item)
        return ''
      },
      end: () => junit(items, command)
    }
  },
  sarif(reporter) {
    const told: ReportItem[] = []
    return {
      add(item) {
        if (isTold(item)) told.push(fromRoot(item, reporter.root))
        return ''
      },
      end: () => sarif(told, reporter)
    }
  }
}

function isTold({ level }: ReportItem): boolean {
  return level === 'error' || level === 'notice'
}

function fromRoot(item: ReportItem, root: string | undefined): ReportItem {
  if (root === undefined) return item
  const file = relative(root, resolve(item.file))
  return file === '' || file.startsWith('..') || isAbsolute(file) ? item : { ...item, file }
}

function place({ file, line }: ReportItem): string {
  return `${printable(file)}:${line}`
}

/** https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
function annotation({ file, line, level, title, name, text, lines = [] }: ReportItem): string {
  const property = (value: string): string => escapeData(value).replaceAll(':', '%3A').replaceAll(',', '%2C')
  const message = escapeData([`${printable(name)}: ${printable(text)}`, ...lines.map(printable)].join('\n'))
  return `::${level} file=${property(file)},line=${line},title=${property(title)}::${message}`
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function junit(items: readonly ReportItem[], command: string): string {
  const count = (level: ReportItem['level']): number => items.filter((item) => item.level === level).length
  const counts = `tests="${items.length}" failures="${count('error')}" skipped="${count('skipped')}" errors="0"`
  const suite = `  <testsuite name="${xml(command)}" ${counts}>\n${items.map((item) => `${testCase(item)}\n`).join('')}  </testsuite>`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${counts}>\n${suite}\n</testsuites>\n`
}

function testCase(item: ReportItem): string {
  const { file, name, level, rule, text, lines = [] } = item
  const start = `    <testcase classname="${xml(printable(file))}" name="${xml(`${place(item)} ${printable(name)}`)}"`
  const shown = xml(printable(text))
  const more = lines.map((line) => xml(printable(line))).join('\n')
  if (level === 'error') {
    const failure = `<failure type="${xml(rule)}" message="${shown}"`
    return `${start}>\n      ${failure}${more === '' ? '/>' : `>${more}</failure>`}\n    </testcase>`
  }
  if (level === 'skipped') return `${start}>\n      <skipped message="${shown}"/>\n    </testcase>`
  return level === 'fine' ? `${start}/>` : `${start}>\n      <system-out>${shown}</system-out>\n    </testcase>`
}

function xml(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }
  // Lone halves of characters, and two that XML does not have.
  const clean = text.replaceAll(/[\p{Cs}\ufffe\uffff]/gu, '\ufffd')
  return clean.replaceAll(/[&<>"']/g, (char) => entities[char]!)
}
