/** Writes what was found as SARIF, which code scanners and editors read (https://docs.oasis-open.org/sarif/sarif/v2.1.0/). */
import { isAbsolute, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { printable } from './command-error.ts'
import type { ReportItem, Reporter } from './report-item.ts'

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json'

export function sarif(items: readonly ReportItem[], { command, version }: Reporter): string {
  const rules = [...new Map(items.map(({ rule, title }) => [rule, { id: rule, shortDescription: { text: title } }])).values()]
  const results = items.map(({ rule, level, name, text, lines = [], file, line }) => ({
    ruleId: rule,
    ruleIndex: rules.findIndex(({ id }) => id === rule),
    level: level === 'error' ? 'error' : 'note',
    message: { text: [`${printable(name)}: ${printable(text)}`, ...lines.map(printable)].join('\n') },
    locations: [{ physicalLocation: { artifactLocation: { uri: toUri(file) }, region: { startLine: line } } }]
  }))
  const driver = { name: command, version, informationUri: 'https://www.npmjs.com/package/openai-proxy', rules }
  return `${JSON.stringify({ $schema: SCHEMA, version: '2.1.0', runs: [{ tool: { driver }, results }] }, null, 2)}\n`
}

/** A file's address: relative ones stay relative to wherever the report is read. */
function toUri(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href
  return file.split(sep).map(encodeURIComponent).join('/')
}
