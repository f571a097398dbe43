/** `openai-proxy cassettes check`: looks for secrets in what was recorded, by the rules of redaction now in force. */
import { readFile } from 'node:fs/promises'
import type { CassettesCheckOptions } from '../config/cassettes-commands.ts'
import type { Config } from '../config/config.ts'
import type { KnownSecret } from '../config/known-secrets.ts'
import { RedactionError } from '../redaction/own-redactor.ts'
import { POLICY_VERSION } from '../redaction/policy.ts'
import { findCassettes } from './cassette-files.ts'
import { CommandError, type CommandParts } from './command-error.ts'
import { openRedaction } from './open-redaction.ts'
import { createReport } from './report-formats.ts'
import { checkoutOf, type ReportItem } from './report-item.ts'
import { searchCassette, type FoundSecret, type Searched } from './search-cassette.ts'

/**
 * @returns the exit code: 1 where a secret was found, 2 where a file could not be read to its end, else 0
 * @throws {@link CommandError} where there is no such file
 */
export async function checkCassettes(
  named: readonly string[],
  { format }: CassettesCheckOptions,
  config: Config,
  { write, report, version, secrets }: CommandParts
): Promise<number> {
  const shown = createReport(format, { command: 'openai-proxy cassettes check', version, root: checkoutOf(process.env) })
  const put = (text: string): void => void (text !== '' && write(text))
  const totals = { policy: POLICY_VERSION, files: 0, interactions: 0, secrets: 0, unread: 0 }
  for (const file of (await Promise.all(named.map((name) => findCassettes(name)))).flat()) {
    totals.files += 1
    for (const searched of await search(file, config, secrets)) {
      totals.interactions += searched.isInteraction ? 1 : 0
      totals.secrets += searched.secrets.length
      totals.unread += searched.unread === undefined ? 0 : 1
      if (searched.unread !== undefined) report(searched.unread)
      for (const item of toItems(searched)) put(shown.add(item))
    }
  }
  const summary = summarise(totals)
  put(shown.end({ summary, totals }))
  if (format !== 'text' && format !== 'github') report(summary)
  if (totals.secrets > 0) return 1
  return totals.unread > 0 ? 2 : 0
}

/** One line: what was searched, by which rules, and what was found. */
function summarise({ policy, files, interactions, secrets, unread }: Readonly<Record<string, number>>): string {
  const left =
    unread === 0 ? '' : ` ${unread} could not be read, and only ${unread === 1 ? 'its text was' : 'their texts were'} searched.`
  const found = secrets === 0 ? 'no secret found' : `${secrets} ${secrets === 1 ? 'secret' : 'secrets'} found`
  return `${interactions} ${interactions === 1 ? 'interaction' : 'interactions'} in ${files} ${files === 1 ? 'file' : 'files'} searched by redaction policy ${policy}: ${found}.${left}`
}

/** An item for each secret; one where there is none. */
function toItems({ file, line, name, isInteraction, secrets, unread }: Searched): ReportItem[] {
  const one = { file, line, name, rule: 'unread', title: 'Could not be read', text: unread ?? '' }
  if (unread !== undefined) return [{ ...one, level: 'skipped' }, ...secrets.map((secret) => toItem(file, name, secret))]
  if (secrets.length === 0) return isInteraction ? [{ ...one, level: 'fine' }] : []
  return secrets.map((secret) => toItem(file, name, secret))
}

function toItem(file: string, name: string, { kind, line, encoding }: FoundSecret): ReportItem {
  const text = `holds ${/^[aeio]/.test(kind) ? 'an' : 'a'} ${kind}${encoding === 'plain' ? '' : ` (${encoding})`}`
  return {
    file,
    line,
    name,
    level: 'error',
    rule: kind,
    title: `Secret: ${kind}`,
    text,
    json: { file, line, kind, encoding, name }
  }
}

async function search(file: string, config: Config, secrets: readonly KnownSecret[]): Promise<Searched[]> {
  try {
    // Bytes that are no UTF-8 are searched as far as they are text.
    const text = await readFile(file, 'utf8')
    return await searchCassette(file, text, openRedaction(config, secrets, [text]))
  } catch (error) {
    if (error instanceof RedactionError) throw new CommandError(error.message)
    throw (error as NodeJS.ErrnoException).syscall === undefined
      ? error
      : new CommandError(`Cannot read ${file}: ${(error as Error).message}. Make it readable, or name another.`)
  }
}
