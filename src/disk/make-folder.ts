/** Makes a folder with the folders above it, and fails at once where the system lets none be made. */
import { mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * What Node's `mkdir` does with `recursive`; that one never returns where a folder that is there takes none in it (`/proc`; seen on
 * Node 20.20), and hides why another could not be made. https://github.com/nodejs/node/issues/42808
 * @throws the system's error
 */
export function makeFolder(path: string): void {
  const folder = resolve(path)
  if (isFolder(folder)) return
  const above = dirname(folder)
  if (above !== folder) makeFolder(above)
  try {
    mkdirSync(folder)
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!isFolder(folder)) throw error
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
