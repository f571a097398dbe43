/** `openai-proxy check`: judges recorded requests by the rules now in force, and prints which verdicts would change. */
import { CassetteError } from '../cassettes/interaction.ts'
import type { CheckOptions } from '../config/command-line.ts'
import type { Config } from '../config/config.ts'
import { createPolicy } from '../pipeline/policy.ts'
import { systemClock } from '../system-clock.ts'
import { CommandError, type CommandParts } from './command-error.ts'
import { createKeptJudge, type Finding } from './judge-kept.ts'
import { readKept } from './recorded-requests.ts'
import { createReport } from './report-formats.ts'
import { checkoutOf, type ReportItem } from './report-item.ts'

/**
 * @returns the exit code: 1 where a request would be refused that was allowed, else 0
 * @throws {@link CommandError} where a file cannot be read, or nothing in the files can be judged
 */
export async function check(
  files: readonly string[],
  { format }: CheckOptions,
  config: Config,
  { write, report, version }: CommandParts
): Promise<number> {
  const policy = createPolicy(config, { timeoutMs: config.ruleTimeoutMs, sleep: systemClock.sleep })
  const judge = createKeptJudge(policy, report)
  const shown = createReport(format, { command: 'openai-proxy check', version, root: checkoutOf(process.env) })
  const totals = { refused: 0, allowed: 0, changed: 0, same: 0, skipped: 0 }
  const reasons = new Map<string, number>()
  const put = (text: string): void => void (text !== '' && write(text))
  const add = (finding: Finding): void => {
    totals[finding.result] += 1
    if (finding.result === 'skipped') reasons.set(finding.text, (reasons.get(finding.text) ?? 0) + 1)
    put(shown.add(toItem(finding)))
  }
  try {
    for await (const place of readKept(files, config.maxBodyBytes)) add(await judge(place))
  } catch (error) {
    throw error instanceof CassetteError ? new CommandError(error.message) : error
  }
  const { refused, allowed, changed, same, skipped } = totals
  const judged = refused + allowed + changed + same
  put(shown.end({ summary: summary(totals), totals: { judged, refused, allowed, changed, skipped } }))
  if (format !== 'text' && format !== 'github') report(summary(totals))
  for (const [reason, count] of reasons) report(`${count} not judged: ${reason}.`)
  if (judged === 0)
    throw new CommandError('Nothing could be judged, so nothing was checked. Name cassettes, or logs that keep texts.')
  return refused > 0 ? 1 : 0
}

/** How many requests had which result. */
type Totals = Readonly<Record<Finding['result'], number>>

/** One line: what was judged, what changes, what could not be judged. */
function summary({ refused, allowed, changed, same, skipped }: Totals): string {
  const judged = refused + allowed + changed + same
  const left = skipped === 0 ? '' : `; ${skipped} could not be judged`
  return `${judged} judged: ${refused} newly refused, ${allowed} newly allowed, ${changed} changed otherwise, ${same} as before${left}.`
}

const LEVELS = { refused: 'error', allowed: 'notice', changed: 'notice', same: 'fine', skipped: 'skipped' } as const

function toItem(finding: Finding): ReportItem {
  const { file, line, asked, model, result, rule, text } = finding
  return {
    file,
    line,
    name: model === undefined ? asked : `${asked} (${model})`,
    level: LEVELS[result],
    rule: rule ?? result,
    title: result === 'refused' ? `Newly refused by ${rule}` : `Newly ${result}`,
    text,
    ...(result === 'same' ? {} : { json: finding })
  }
}
