/** Watches one file by its folder: also where it is written anew under its name, or stands behind a link that is turned. */
import { watch } from 'node:fs'
import { dirname } from 'node:path'
import { readTextFile } from './files.ts'

export interface WatchOptions {
  /** What is known to stand in the file. */
  readonly text: string | undefined
  /** Called with the path's new text, one call after the other. `undefined`: the file is gone. */
  readonly changed: (text: string | undefined) => Promise<void>
  /** Called where the folder cannot be watched, or its watching ends. */
  readonly failed: (error: unknown) => void
  /**
   * Milliseconds of silence that end a series of events.
   * @default 100
   */
  readonly quietMs?: number
}

/** @returns ends the watching */
export function watchFile(path: string, { text: known, changed, failed, quietMs = 100 }: WatchOptions): () => void {
  let text = known
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()
  const look = async (): Promise<void> => {
    const now = read(path)
    // Other files of the folder change too, and programs write the same text again.
    if (now === text) return
    text = now
    await changed(now)
  }
  const wait = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => (running = running.then(look).catch(failed)), quietMs)
  }
  try {
    const watcher = watch(dirname(path), { persistent: false }, wait)
    watcher.on('error', failed)
    // It may have changed since it was read.
    wait()
    return () => {
      clearTimeout(timer)
      watcher.close()
    }
  } catch (error) {
    failed(error)
    return () => undefined
  }
}

/** A file that cannot be read is as good as gone. */
function read(path: string): string | undefined {
  try {
    return readTextFile(path)
  } catch {
    return undefined
  }
}
