/** A folder that is gone when the test is done: `await using folder = await temporaryFolder()`. */
import { chmod, mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TemporaryFolder extends AsyncDisposable {
  /** Absolute, links resolved. */
  readonly path: string
  /** The path of a file in it. */
  file(...names: readonly string[]): string
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'openai-proxy-test-')))
  return {
    path,
    file: (...names) => join(path, ...names),
    async [Symbol.asyncDispose]() {
      await makeWritable(path)
      await rm(path, { recursive: true, force: true, maxRetries: 3 })
    }
  }
}

/** A test may have left folders that nobody may write to. */
async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name))
  }
}
