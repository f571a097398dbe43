/** Opens a cassette that a command names: a file, or a name as `--replay` takes it. */
import { openCassetteFile, type CassetteFile } from '../cassettes/cassette-file.ts'
import { createFileStore } from '../cassettes/file-store.ts'
import { resolveCassette } from '../cassettes/place.ts'
import { CommandError } from './command-error.ts'

/**
 * @param report one line for the operator: an unfinished end was left out
 * @throws {@link CommandError} where there is none, `CassetteError` where it cannot be read
 */
export async function openNamed(name: string, report: (line: string) => void): Promise<CassetteFile & { readonly path: string }> {
  const path = resolveCassette({ place: name, session: '' })
  const file = await openCassetteFile({ store: createFileStore(path), name: path, report })
  if (!file.existed) throw new CommandError(`The cassette ${path} does not exist. Name one by its file or its name.`)
  return { ...file, path }
}
