/** Writes a file in one step: it is there whole, or as it was before. */
import { chmod, mkdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CommandError } from './command-error.ts'

/**
 * A link stays one, and a file keeps its permissions.
 * @param advice what to do where it cannot be written
 * @throws {@link CommandError}
 */
export async function writeWhole(file: string, content: string | Uint8Array, advice: string): Promise<void> {
  const target = await realpath(file).catch(() => file)
  const part = `${target}.${process.pid}.part`
  try {
    await mkdir(dirname(target), { recursive: true })
    const before = await stat(target).catch(() => undefined)
    await writeFile(part, content, { flush: true })
    if (before) await chmod(part, before.mode)
    await rename(part, target)
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined)
    throw new CommandError(`Cannot write ${file}: ${(error as Error).message}. ${advice}`)
  }
}
