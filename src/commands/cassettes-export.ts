/** `openai-proxy cassettes export`: writes cassettes as another tool's recordings. */
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { RecordingFormat } from '../cassettes/formats/format.ts'
import { RECORDING_FORMATS } from '../cassettes/formats/index.ts'
import { CassetteError, type Interaction } from '../cassettes/interaction.ts'
import type { ExportOptions } from '../config/cassettes-commands.ts'
import { findCassettes, readInteractions } from './cassette-files.ts'
import { ruleFor, setColumns } from './columns.ts'
import { CommandError, printable, type CommandParts } from './command-error.ts'
import { nameTargets } from './target-names.ts'
import { writeWhole } from './write-whole.ts'

/** One cassette and what was written of it. */
interface ExportedFile {
  readonly cassette: string
  /** `null` where the cassette holds nothing. */
  readonly file: string | null
  readonly written: number
  /** Interactions that the format cannot hold. */
  readonly leftOut: readonly { readonly line: number; readonly reason: string }[]
}

/**
 * @returns the exit code: 1 where an interaction could not be written, else 0
 * @throws {@link CommandError} where a cassette is missing or broken, or a file is in the way
 */
export async function exportCassettes(
  named: readonly string[],
  options: ExportOptions & { readonly version: string },
  { write, progress = () => undefined }: CommandParts
): Promise<number> {
  const format = RECORDING_FORMATS.find(({ name }) => name === options.as)!
  const cassettes = [...new Set((await Promise.all(named.map((name) => findCassettes(name)))).flat())]
  const names = nameTargets(cassettes)
  const done: ExportedFile[] = []
  try {
    for (const [index, cassette] of cassettes.entries()) {
      progress(`${index + 1} of ${cassettes.length}: ${basename(cassette)}`)
      done.push(await exportOne(cassette, join(options.to, names[index]! + format.extension), { ...options, format }))
    }
  } catch (error) {
    throw error instanceof CassetteError ? new CommandError(error.message) : error
  } finally {
    progress('')
  }
  write(options.json ? `${JSON.stringify({ format: format.name, files: done }, null, 2)}\n` : table(done))
  return done.some(({ leftOut }) => leftOut.length > 0) ? 1 : 0
}

async function exportOne(
  cassette: string,
  file: string,
  { format, version, overwrite }: { readonly format: RecordingFormat; readonly version: string; readonly overwrite: boolean }
): Promise<ExportedFile> {
  const interactions: Interaction[] = []
  const lines: number[] = []
  for await (const { interaction, line } of readInteractions(cassette)) {
    interactions.push(interaction)
    lines.push(line)
  }
  if (interactions.length === 0) return { cassette, file: null, written: 0, leftOut: [] }
  const { text, leftOut } = format.write(interactions, version)
  if (!overwrite && (await stat(file).catch(() => undefined)))
    throw new CommandError(`${file} exists. Name another folder with --to, or replace it with --overwrite.`)
  await writeWhole(file, text, 'Name another folder with --to.')
  return {
    cassette,
    file,
    written: interactions.length - leftOut.length,
    leftOut: leftOut.map(({ index, reason }) => ({ line: lines[index]!, reason }))
  }
}

function table(files: readonly ExportedFile[]): string {
  const rows = files.map(({ cassette, file, written, leftOut }) => [
    printable(cassette),
    String(written),
    String(leftOut.length),
    file === null ? '- (it holds nothing)' : printable(file)
  ])
  const lines = setColumns([['cassette', 'written', 'out', 'file'], ...rows], ['left', 'right', 'right'])
  const why = files.flatMap(({ cassette, leftOut }) =>
    leftOut.map(({ line, reason }) => `  ${printable(cassette)}:${line}: ${reason}`)
  )
  const told = why.length > 0 ? ['', 'What was not written:', ...why] : []
  return [lines[0], ruleFor(lines), ...lines.slice(1), ...told, ''].join('\n')
}
