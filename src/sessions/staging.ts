/** Keeps a new recording apart until it is whole: it replaces its cassette only when the session that made it has passed. */
import { rename, rm, stat } from 'node:fs/promises'
import { createFileStore, whileNobodyWrites } from '../cassettes/file-store.ts'
import { createMovedNumbers } from '../redaction/placeholders.ts'
import type { SessionOutcome } from './session.ts'

/** A cassette in the making. */
export interface Staging {
  /** Where recordings are written meanwhile: beside the cassette, so that it can take its place at once. */
  readonly file: string
  /** @returns where a failed recording was left, if there is one */
  finish(outcome: SessionOutcome): Promise<string | undefined>
}

/**
 * @param cassette the file that is to be
 * @param id of the session: two sessions may record the same cassette
 * @param replaces whether the cassette is replaced; else what another session has recorded meanwhile stays, and this comes behind it
 */
export function stageCassette(cassette: string, id: string, replaces: boolean): Staging {
  const stem = cassette.replace(/\.ya?ml$/i, '')
  const file = `${stem}.recording-${id}.yaml`
  return {
    file,
    async finish(outcome) {
      if (!(await exists(file))) return undefined
      if (outcome === 'failed') {
        const failed = `${stem}.failed.yaml`
        await rename(file, failed)
        return failed
      }
      const isPut = await whileNobodyWrites(cassette, async () => {
        if (!replaces && (await exists(cassette))) return false
        await rename(file, cassette)
        return true
      })
      if (!isPut) await join(file, cassette)
      await rm(`${stem}.failed.yaml`, { force: true })
      return undefined
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false
  )
}

/** Puts the interactions of one cassette behind those of another. What has been scanned when it was recorded need not be again. */
async function join(from: string, to: string): Promise<void> {
  // What reads cassettes is loaded where there are any.
  const { openCassetteFile } = await import('../cassettes/cassette-file.ts')
  const open = (file: string): ReturnType<typeof openCassetteFile> =>
    openCassetteFile({ store: createFileStore(file, to), name: to, report: () => undefined })
  const [source, target] = [await open(from), await open(to)]
  const numbers = createMovedNumbers()
  for (const entry of source.entries) await target.append(source.read(entry), () => undefined, numbers)
  await rm(from)
}
