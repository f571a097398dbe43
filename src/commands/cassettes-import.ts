/** `openai-proxy cassettes import`: other people's recordings become cassettes; what cannot come in is told, with the reason. */
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { CassetteError } from '../cassettes/interaction.ts'
import type { ImportOptions } from '../config/cassettes-commands.ts'
import type { Config } from '../config/config.ts'
import { openRedaction } from './open-redaction.ts'
import { systemClock } from '../system-clock.ts'
import { CommandError, type CommandParts } from './command-error.ts'
import { importFile, type ImportedFile } from './import-file.ts'
import { importReport, type ImportRow } from './import-report.ts'
import { nameTargets } from './target-names.ts'

/** A file to import. Of a folder, what is no recording is passed over. */
interface Source {
  readonly file: string
  readonly isNamed: boolean
}

/**
 * @returns the exit code: 1 where anything could not come in, else 0
 * @throws {@link CommandError} where a file is missing, or nothing can be written
 */
export async function importCassettes(
  files: readonly string[],
  { to, overwrite, json }: ImportOptions,
  config: Config,
  { write, secrets, progress = () => undefined }: CommandParts
): Promise<number> {
  const sources = await findSources(files)
  const names = nameTargets(sources.map(({ file }) => file))
  const rows: ImportRow[] = []
  const stage = await makeStage(to)
  try {
    for (const [index, { file, isNamed }] of sources.entries()) {
      const cassette = join(to, `${names[index]!}.yaml`)
      const place = `${index + 1} of ${sources.length}: ${basename(file)}`
      progress(place)
      const isTaken = !overwrite && (await stat(cassette).catch(() => undefined)) !== undefined
      const result = isTaken
        ? taken(cassette)
        : await importFile(file, {
            cassette: join(stage, basename(cassette)),
            redaction: openRedaction(config, secrets),
            now: systemClock.now(),
            progress: (done, all) => void (done % 50 === 49 && progress(`${place}, exchange ${done + 1} of ${all}`))
          })
      if (result.exchanges.length > 0) await putInPlace(stage, to, names[index]!)
      if (isNamed || result.format !== undefined || result.problem) rows.push({ file, cassette, isNamed, ...result })
    }
  } catch (error) {
    throw error instanceof CassetteError ? new CommandError(error.message) : error
  } finally {
    progress('')
    await rm(stage, { recursive: true, force: true })
  }
  if (rows.length === 0)
    throw new CommandError(`Nothing in ${files.join(', ')} is a recording. Name files of VCR.py, Ruby VCR, HAR, Azure or nock.`)
  const report = importReport(rows, to)
  write(json ? `${JSON.stringify(report.json, null, 2)}\n` : report.text)
  return report.isWhole ? 0 : 1
}

function taken(cassette: string): ImportedFile {
  const what = `${cassette} exists. Name another folder with --to, or replace it with --overwrite`
  return { format: undefined, exchanges: [], leftOut: [], problem: { line: 1, what } }
}

async function findSources(names: readonly string[]): Promise<Source[]> {
  const found = new Map<string, Source>()
  for (const name of names) {
    const kind = await stat(name).catch(() => undefined)
    if (!kind) throw new CommandError(`${name} does not exist. Name files of recordings, or folders of them.`)
    if (!kind.isDirectory()) {
      found.set(name, { file: name, isNamed: true })
      continue
    }
    const files = (await readdir(name, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && /\.(?:ya?ml|json|har)$/i.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
    for (const file of files.toSorted()) if (!found.has(file)) found.set(file, { file, isNamed: false })
  }
  return [...found.values()]
}

/** A folder beside the cassettes-to-be: nothing half-made ever stands under its name. */
async function makeStage(to: string): Promise<string> {
  try {
    await mkdir(to, { recursive: true })
    return await mkdtemp(join(to, '.import-'))
  } catch (error) {
    throw new CommandError(`Cannot write to ${to}: ${(error as Error).message}. Name another folder with --to.`)
  }
}

/** Moves a cassette and the files beside it. Those have their digests for names: what is there already is the same. */
async function putInPlace(stage: string, to: string, name: string): Promise<void> {
  const files = `${name}.files`
  const beside = await readdir(join(stage, files)).catch(() => [])
  if (beside.length > 0) await mkdir(join(to, files), { recursive: true })
  for (const file of beside) await rename(join(stage, files, file), join(to, files, file))
  await rename(join(stage, `${name}.yaml`), join(to, `${name}.yaml`))
}
