/** Takes interactions out of cassettes, and files that no cassette names any more from beside them. */
import { readFile, rm, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { whileNobodyWrites } from '../../cassettes/file-store.ts'
import { EMPTY } from '../../http/message.ts'
import { readRanges, replaceRanges } from '../cassette-files.ts'
import { CommandError } from '../command-error.ts'
import { writeWhole } from '../write-whole.ts'
import type { SideFile } from './side-files.ts'

/** What becomes of a cassette of which something goes. */
export interface Rewrite {
  readonly file: string
  readonly before: Uint8Array
  /** `undefined`: nothing is left of it, and it goes. */
  readonly after: Uint8Array | undefined
}

/** @param lines where the documents begin that are to go */
export async function rewriteWithout(file: string, lines: ReadonlySet<number>): Promise<Rewrite> {
  const { bytes, documents } = await readRanges(file)
  const ranges = documents.filter(({ line }) => lines.has(line))
  if (ranges.length === documents.length) return { file, before: bytes, after: undefined }
  return { file, before: bytes, after: replaceRanges(bytes, new Map(ranges.map((range) => [range, EMPTY]))) }
}

/**
 * Nobody may write meanwhile to any of the cassettes that change.
 * @throws {@link CommandError}
 */
export function carryOut(rewrites: readonly Rewrite[], orphans: readonly SideFile[]): Promise<void> {
  const files = rewrites.map(({ file }) => file).toSorted()
  const locked = files.reduceRight<() => Promise<void>>(
    (task, file) => () => whileNobodyWrites(file, task),
    () => removeAll(rewrites, orphans)
  )
  return locked()
}

/** Everything is looked at once more before the first byte is touched: a recording may have gone on while a person thought. */
async function removeAll(rewrites: readonly Rewrite[], orphans: readonly SideFile[]): Promise<void> {
  for (const { file, before } of rewrites) {
    if (Buffer.compare(await readFile(file), before) !== 0)
      throw new CommandError(`${file} changed meanwhile. Nothing was removed: run the command again.`)
  }
  for (const { file, after } of rewrites) {
    if (after === undefined) await rm(file)
    else await writeWhole(file, after, 'Make it writable, and run the command again.')
  }
  for (const { file } of orphans) {
    await rm(file, { force: true })
    await rmdir(dirname(file)).catch(() => undefined)
  }
}
