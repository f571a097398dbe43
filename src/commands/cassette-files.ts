/** Finds cassettes by what people name them, and reads what they hold. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { openCassetteFile } from '../cassettes/cassette-file.ts'
import { createFileStore } from '../cassettes/file-store.ts'
import type { Interaction } from '../cassettes/interaction.ts'
import type { CassetteRules } from '../cassettes/matching/rules.ts'
import { resolveCassette } from '../cassettes/place.ts'
import { CommandError } from './command-error.ts'

/** What is meant where no cassette is named. */
const DEFAULT_FOLDER = 'recordings'

export function isCassette(file: string): boolean {
  return /\.ya?ml$/i.test(file)
}

/**
 * A file as it is named, the cassettes of a folder, or the cassette of a name (`weather`: recordings/weather.yaml).
 * @param kinds what may be named, for the message
 * @throws CommandError where there is nothing
 */
export async function findCassettes(name: string, kinds = 'a cassette or a folder of cassettes'): Promise<string[]> {
  const found = await stat(name).catch(() => undefined)
  if (found?.isFile()) return [name]
  if (found?.isDirectory()) {
    const files = (await readdir(name, { recursive: true })).filter(isCassette).toSorted()
    if (files.length > 0) return files.map((file) => join(name, file))
    throw new CommandError(`The folder ${name} holds no cassette (*.yaml). Name ${kinds}.`)
  }
  const cassette = resolveCassette({ place: name, session: '' })
  if (await stat(cassette).catch(() => undefined)) return [cassette]
  throw new CommandError(`${name} does not exist. Name ${kinds}.`)
}

/** An interaction, and where it stands. */
export interface KeptInteraction {
  readonly file: string
  /** From 1. */
  readonly number: number
  /** The line that its document begins in, from 1. */
  readonly line: number
  readonly interaction: Interaction
}

/** What a cassette holds, in its order. Throws `CassetteError` where it is broken. */
export async function* readInteractions(file: string): AsyncGenerator<KeptInteraction> {
  const cassette = await openCassetteFile({ store: createFileStore(file), name: file, report: () => undefined })
  for (const [index, entry] of cassette.entries.entries())
    yield { file, number: index + 1, line: entry.line, interaction: cassette.read(entry) }
}

/**
 * Cassettes by name, each once, in order.
 * @param names none: the folder of recordings
 * @throws {@link CommandError} where one is missing
 */
export async function findAll(names: readonly string[]): Promise<string[]> {
  const found = await Promise.all((names.length > 0 ? names : [DEFAULT_FOLDER]).map((name) => findCassettes(name)))
  return [...new Set(found.flat())]
}

/**
 * The interactions that a name means: of a cassette, or one of them (`weather:2`).
 * @throws {@link CommandError} where there is none, `CassetteError` where the cassette is broken
 */
export async function readNamed(name: string): Promise<KeptInteraction[]> {
  const { files, number } = await findNamed(name)
  const found: KeptInteraction[] = []
  for (const file of files) for await (const kept of readInteractions(file)) found.push(kept)
  if (number === undefined) return found
  const one = found[number - 1]
  if (one) return [one]
  throw new CommandError(`${files[0]} holds ${found.length} interactions, and none of the number ${number}.`)
}

/** A file whose own name ends in a number is found by it. */
async function findNamed(name: string): Promise<{ readonly files: string[]; readonly number: number | undefined }> {
  const [, cassette, number] = /^(.+):([1-9]\d{0,8})$/.exec(name) ?? []
  if (cassette === undefined || (await stat(name).catch(() => undefined)))
    return { files: await findCassettes(name), number: undefined }
  const files = await findCassettes(cassette)
  if (files.length > 1) throw new CommandError(`${cassette} holds ${files.length} cassettes. Name one of them before :${number}.`)
  return { files, number: Number(number) }
}

/** Where a document stands in the bytes of its cassette, with the line `---` before it. */
export interface DocumentRange {
  /** The line of its text, from 1. */
  readonly line: number
  readonly start: number
  readonly end: number
}

/** The bytes of a cassette, and where its documents stand in them. What is not rewritten can so stay byte for byte. */
export async function readRanges(
  file: string
): Promise<{ readonly bytes: Uint8Array; readonly documents: readonly DocumentRange[] }> {
  const bytes = await readFile(file)
  const { entries } = await openCassetteFile({ store: createFileStore(file), name: file, report: () => undefined })
  const lineStarts = [0]
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lineStarts.push(at + 1)
  const starts = entries.map(({ line }) => lineStarts[line - 2]!)
  return {
    bytes,
    documents: entries.map(({ line, start, size }, index) => {
      return { line, start: starts[index]!, end: starts[index + 1] ?? start + size }
    })
  }
}

/** The rules of matching that its first document gives. */
export async function readRules(file: string): Promise<CassetteRules> {
  return (await openCassetteFile({ store: createFileStore(file), name: file, report: () => undefined })).rules
}

/** The bytes with other ones in place of some documents; `EMPTY` takes one out. */
export function replaceRanges(bytes: Uint8Array, ranges: ReadonlyMap<DocumentRange, Uint8Array>): Uint8Array {
  const pieces: Uint8Array[] = []
  let copied = 0
  for (const [{ start, end }, piece] of [...ranges].toSorted(([a], [b]) => a.start - b.start)) {
    pieces.push(bytes.subarray(copied, start), piece)
    copied = end
  }
  return Buffer.concat([...pieces, bytes.subarray(copied)])
}
