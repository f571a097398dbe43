/** Lists the cassettes of a folder and of the folders in it, and notices when there are others. */
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from './system-clock.ts'

/** Cassettes of a folder, as they are now. */
export interface Listing {
  /** Paths that begin with the folder's, in the order of their characters. None where there is no folder. */
  files(): Promise<readonly string[]>
}

/** A change so soon after another may not be seen by the folder's time. In milliseconds. */
const DOUBTFUL_MS = 200

/** What stands in a folder. */
interface Contents {
  readonly files: readonly string[]
  /** When each folder was changed last. */
  readonly folders: ReadonlyMap<string, number>
}

export function createListing(folder: string): Listing {
  const known = new Set<string>()
  let contents: Contents | undefined
  let listedAt = 0

  async function isCurrent({ folders }: Contents): Promise<boolean> {
    for (const [path, changedAt] of folders) {
      if (listedAt - changedAt < DOUBTFUL_MS || (await changeOf(path)) !== changedAt) return false
    }
    return folders.size > 0
  }

  /** Other YAML may lie there too: what is no cassette today may be one tomorrow, so only a cassette is remembered. */
  async function isCassette(file: string): Promise<boolean> {
    if (known.has(file)) return true
    const is = await beginsAsCassette(file)
    if (is) known.add(file)
    return is
  }

  return {
    async files() {
      if (contents && (await isCurrent(contents))) return contents.files
      listedAt = systemClock.now()
      const folders = new Map<string, number>()
      const found = (await walk(folder, folders)).toSorted()
      const are = await Promise.all(found.map(isCassette))
      contents = { files: found.filter((_, index) => are[index]), folders }
      return contents.files
    }
  }
}

async function walk(folder: string, folders: Map<string, number>): Promise<string[]> {
  const changedAt = await changeOf(folder)
  if (changedAt === undefined) return []
  folders.set(folder, changedAt)
  const entries = await readdir(folder, { withFileTypes: true })
  const found = await Promise.all(
    entries.map((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return isLookedInto(entry.name) ? walk(path, folders) : []
      return isCandidate(entry.name) ? [path] : []
    })
  )
  return found.flat()
}

async function changeOf(folder: string): Promise<number | undefined> {
  return stat(folder).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined
  )
}

function isLookedInto(name: string): boolean {
  return !name.startsWith('.') && !name.endsWith('.files') && name !== 'node_modules'
}

/** Not what a failed test has left, nor what a session is recording. */
function isCandidate(name: string): boolean {
  return /^[^.].*\.ya?ml$/i.test(name) && !/\.(?:failed|recording-[^.]+)\.ya?ml$/i.test(name)
}

async function beginsAsCassette(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => undefined)
  if (!file) return false
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
    return /^\ufeff?cassette:/m.test(buffer.subarray(0, bytesRead).toString())
  } finally {
    await file.close()
  }
}
