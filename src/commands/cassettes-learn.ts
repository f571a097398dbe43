/** `openai-proxy cassettes learn`: what changed by itself between two recordings of one run, as rules for a cassette. */
import type { CassetteFile } from '../cassettes/cassette-file.ts'
import type { RecordedRequest } from '../cassettes/interaction.ts'
import { learnRules, type Learned } from '../cassettes/learn.ts'
import type { LearnOrder } from '../config/cassettes-commands.ts'
import type { Config } from '../config/config.ts'
import { printable, type CommandParts } from './command-error.ts'
import { openNamed } from './open-named.ts'

/** @returns the exit code: 1 where something changed that no rule should pass over */
export async function learn(order: LearnOrder, config: Config, { write, report }: CommandParts): Promise<number> {
  const [first, second] = [await openNamed(order.first, report), await openNamed(order.second, report)]
  const requests = (file: CassetteFile): RecordedRequest[] => file.entries.map((entry) => file.request(entry))
  const given = [first.rules, second.rules, ...(config.match ? [config.match] : [])]
  const learned = learnRules(requests(first), requests(second), given)
  const places = (file: CassetteFile & { readonly path: string }, numbers: readonly number[]): string[] =>
    numbers.map((number) => `${file.path}:${file.entries[number]!.line}`)
  const alone = [...places(first, learned.alone.first), ...places(second, learned.alone.second)]
  write(order.json ? `${JSON.stringify({ ...learned, alone }, null, 2)}\n` : show(learned, alone))
  return learned.refused.length > 0 || alone.length > 0 ? 1 : 0
}

/** As YAML: what is no rule is a comment. */
function show({ pairs, changed, ignore, normalise, refused, merged }: Learned, alone: readonly string[]): string {
  const hasRules = ignore.length > 0 || normalise.length > 0
  const lines = [
    `# ${count(pairs, 'request')} in both recordings, ${changed === 0 ? 'all equal' : `${changed} changed`}.`,
    ...(hasRules
      ? [
          '# For the first document of the cassette, below "cassette: 1":',
          ...list('ignore', ignore),
          ...list('normalise', normalise)
        ]
      : []),
    ...(merged > 0
      ? [
          `# Under these rules ${count(merged, 'request')} more ${merged === 1 ? 'is' : 'are'} equal to one before: they are answered in recorded order.`
        ]
      : []),
    ...(refused.length > 0 ? ['# Not proposed:'] : []),
    ...refused.map(({ place, why }) => `#   ${printable(place)}: ${why}`),
    ...(alone.length > 0 ? ['# Only in one of the two, so the runs did different things:'] : []),
    ...alone.map((place) => `#   ${printable(place)}`)
  ]
  return `${lines.join('\n')}\n`
}

function list(name: string, rules: readonly string[]): string[] {
  return rules.length === 0 ? [] : [`${name}:`, ...rules.map((rule) => `  - ${isPlain(rule) ? rule : JSON.stringify(rule)}`)]
}

/** Whether YAML reads it as it stands. */
function isPlain(rule: string): boolean {
  return /^[A-Za-z_$][\w$.*[\] -]*$/.test(rule)
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
