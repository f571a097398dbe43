/** The files beside a cassette that hold large bytes: named by their digest, written whole or not at all. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolder } from '../disk/make-folder.ts'
import { filesFolderOf, findSideFile, nameSideFile, readSideFile, type SideFile } from './side-file.ts'

export interface SideFolder {
  /** The name under which bytes are kept. */
  nameFile(bytes: Uint8Array): string
  /** Throws `CassetteError` where the file is missing, or is not the one that was written. */
  readFile(name: string): Uint8Array
  /**
   * Writes those that are not there, and takes them back where the task that needs them fails.
   * Throws what the task throws, or what the file system says.
   */
  withFiles(files: readonly SideFile[], task: () => Promise<void>): Promise<void>
}

export function createSideFolder(cassette: string): SideFolder {
  const folder = dirname(cassette)

  function readNow(name: string): Uint8Array | string {
    try {
      return readFileSync(join(folder, name))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      return code === 'ENOENT' || code === 'ENOTDIR' ? 'it is missing' : `it cannot be read (${code})`
    }
  }

  async function write([name, bytes]: SideFile): Promise<void> {
    const filesFolder = join(folder, filesFolderOf(cassette))
    makeFolder(filesFolder)
    const part = join(filesFolder, `${randomUUID()}.part`)
    try {
      // A crash must not leave half a file under a name that promises the whole.
      await writeFile(part, bytes)
      await rename(part, join(folder, name))
    } catch (error) {
      await rm(part, { force: true })
      throw error
    }
  }

  return {
    nameFile: (bytes) => nameSideFile(cassette, bytes),
    readFile: (name) => readSideFile(cassette, name, () => readNow(name)),
    async withFiles(files, task) {
      const missing = files.filter(([name]) => typeof findSideFile(cassette, name, () => readNow(name)) === 'string')
      try {
        for (const file of missing) await write(file)
        await task()
      } catch (error) {
        for (const [name] of missing) await rm(join(folder, name), { force: true })
        throw error
      }
    }
  }
}
