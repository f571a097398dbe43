/** `openai-proxy cassettes diff`: what two recordings mean differently, and apart from that, how they are worded. */
import type { DiffOptions } from '../config/cassettes-tool.ts'
import { loadPriceList } from '../metering/prices.ts'
import { readNamed, type KeptInteraction } from './cassette-files.ts'
import { printable, type CommandParts, type Terminal } from './command-error.ts'
import { changedWords } from './recorded/changed-words.ts'
import { compareInteractions, type Change, type Comparison } from './recorded/compare.ts'
import { pairInteractions, type Pairs } from './recorded/pair.ts'
import { indentText, painter, plural, type Paint } from './terminal.ts'

/** Two interactions that belong together, compared. */
interface Compared extends Comparison {
  readonly before: KeptInteraction
  readonly after: KeptInteraction
}

/**
 * @returns the exit code: 1 where something differs
 * @throws CommandError where there is nothing of a name, `CassetteError` where a cassette is broken
 */
export async function diffRecordings(
  [a, b]: readonly [string, string],
  options: DiffOptions,
  { write, terminal }: CommandParts
): Promise<number> {
  const [before, after] = await Promise.all([readNamed(a), readNamed(b)])
  const pairs = pairInteractions(before, after)
  const prices = { list: await loadPriceList(), prices: undefined }
  const compared = pairs.pairs.map(([one, other]): Compared => {
    return { before: one, after: other, ...compareInteractions(one.interaction, other.interaction, prices) }
  })
  const differing = compared.filter(
    ({ changes, wording }) => changes.length > 0 || (options.wording && wording.length > 0)
  ).length
  const alone = pairs.onlyBefore.length + pairs.onlyAfter.length
  const differs = differing + alone > 0
  if (options.json) write(`${JSON.stringify(toJson(compared, pairs, differs), null, 2)}\n`)
  else write(`${[...render(compared, pairs, terminal), sumLine(compared, differing, alone)].join('\n')}\n`)
  return differs ? 1 : 0
}

function placeOf({ file, number }: KeptInteraction): string {
  return `${file}:${number}`
}

function toJson(compared: readonly Compared[], { onlyBefore, onlyAfter }: Pairs, differs: boolean): object {
  return {
    differs,
    interactions: compared.map(({ before, after, changes, wording }) => {
      return { before: placeOf(before), after: placeOf(after), changes, wording }
    }),
    onlyBefore: onlyBefore.map(placeOf),
    onlyAfter: onlyAfter.map(placeOf)
  }
}

function render(compared: readonly Compared[], { onlyBefore, onlyAfter }: Pairs, terminal: Terminal | undefined): string[] {
  const paint = painter(terminal)
  const asked = ({ interaction: { request } }: KeptInteraction): string =>
    printable(`${request.method} ${new URL(request.url).pathname}`)
  const alone = (sign: string, color: 'red' | 'green', list: readonly KeptInteraction[]): string[] =>
    list.flatMap((one) => [paint(color, `${sign} ${printable(placeOf(one))}  ${asked(one)}`), ''])
  return [
    ...compared
      .filter(({ changes, wording }) => changes.length + wording.length > 0)
      .flatMap(({ before, after, changes, wording }) => [
        `${paint('bold', `${printable(placeOf(before))} → ${printable(placeOf(after))}`)}  ${asked(after)}`,
        ...changes.flatMap((change) => changeLines(change, paint, terminal)),
        ...wording.flatMap((change) => wordingLines(change, paint, terminal)),
        ''
      ]),
    ...alone('-', 'red', onlyBefore),
    ...alone('+', 'green', onlyAfter)
  ]
}

/** Bytes are not shown: only that they differ. */
const MOST_SHOWN = 600

function changeLines({ what, before, after }: Change, paint: Paint, terminal: Terminal | undefined): string[] {
  const shown = (text: string): string => (text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text)
  return [
    `  ${what}`,
    ...indentText(`- ${shown(before)}`, '    ', terminal).map((line) => paint('red', line)),
    ...indentText(`+ ${shown(after)}`, '    ', terminal).map((line) => paint('green', line))
  ]
}

/** Long stretches that did not change are left out but for their ends. */
const AROUND = 60

function wordingLines({ what, before, after }: Change, paint: Paint, terminal: Terminal | undefined): string[] {
  const runs = changedWords(before, after)
  const text = runs
    .map(({ kind, text: words }, index) => {
      if (kind === 'gone') return `[-${words}-]`
      if (kind === 'new') return `{+${words}+}`
      if (words.length <= AROUND * 2) return words
      return `${index === 0 ? '' : words.slice(0, AROUND)}…${index === runs.length - 1 ? '' : words.slice(-AROUND)}`
    })
    .join('')
  const lines = indentText(text, '    ', terminal).map((line) =>
    line.replaceAll(/\[-.*?-\]/g, (gone) => paint('red', gone)).replaceAll(/\{\+.*?\+\}/g, (added) => paint('green', added))
  )
  return [paint('dim', `  wording of ${printable(what)}`), ...lines]
}

function sumLine(compared: readonly Compared[], differing: number, alone: number): string {
  const worded = compared.filter(({ wording }) => wording.length > 0).length
  return [
    `${plural(compared.length, 'interaction')} compared: ${differing === 0 ? 'none differs' : `${differing} ${differing === 1 ? 'differs' : 'differ'}`}`,
    ...(worded > 0 ? [`${worded} worded differently`] : []),
    ...(alone > 0 ? [`${alone} in one only`] : [])
  ]
    .join(', ')
    .concat('.')
}
