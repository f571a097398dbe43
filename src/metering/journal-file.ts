/** Appends a journal's lines to a file so that they are on the disk before anybody builds on them. */
import { open, rename, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LedgerError } from './ledger.ts'

export interface JournalFile {
  /** Resolves when the line is on the disk. Lines that come at once share one write. */
  append(line: string): Promise<void>
  /** Waits for what is under way. */
  close(): Promise<void>
}

interface Waiting {
  readonly line: string
  readonly done: () => void
  readonly failed: (error: LedgerError) => void
}

/**
 * @param state the whole state as the journal's first line; it stands for every line before it
 * @param compactAfter lines after which the journal is written anew from the state
 */
export async function openJournal(file: string, state: () => string, compactAfter: number): Promise<JournalFile> {
  let handle = await rewrite(file, state())
  let lines = 0
  let isTorn = false
  let waiting: Waiting[] = []
  let running: Promise<void> | undefined

  async function write(batch: readonly Waiting[]): Promise<void> {
    try {
      if (isTorn || lines >= compactAfter) {
        // The state holds this batch already.
        const old = handle
        handle = await rewrite(file, state())
        await old.close().catch(() => undefined)
        lines = 0
        isTorn = false
      } else {
        await handle.appendFile(batch.map(({ line }) => line).join(''))
        await handle.datasync()
        lines += batch.length
      }
      for (const { done } of batch) done()
    } catch (error) {
      // Half a line may stand at the end: the next write begins a new file.
      isTorn = true
      const failure = unwritable(file, error)
      for (const { failed } of batch) failed(failure)
    }
  }

  async function run(): Promise<void> {
    await Promise.resolve()
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      await write(batch)
    }
    running = undefined
  }

  return {
    append: (line) =>
      new Promise((done, failed) => {
        waiting.push({ line, done, failed })
        running ??= run()
      }),
    async close() {
      await running
      await handle.close()
    }
  }
}

/** Writes a new journal beside the old one and puts it in its place: at no moment is there none. */
async function rewrite(file: string, text: string): Promise<FileHandle> {
  const next = `${file}.next`
  const handle = await open(next, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
    await rename(next, file)
    await syncFolder(dirname(file))
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Makes the new name last. Windows opens no folders, and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function unwritable(file: string, error: unknown): LedgerError {
  const cause = error instanceof Error ? error.message : String(error)
  return new LedgerError(
    'ledger_unavailable',
    `The ledger ${file} cannot be written: ${cause}. Make room or set its rights right.`,
    { cause: error }
  )
}
