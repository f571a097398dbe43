/** Finds the files that settings stand in: the one that is named, or the one that is there. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CONFIG_FILES } from './config-file.ts'

/** A file's text, and its name as messages give it. */
export interface FoundFile {
  readonly name: string
  readonly text: string
}

/** A file that a setting names. */
export interface NamedFile {
  readonly name: string
  /** The setting, as its user wrote it: `--config`. */
  readonly label: string
}

/** Gives a file's text, or `undefined` where there is none. Throws where it cannot be read. */
export type ReadFile = (path: string) => string | undefined

/** What was found, and what is wrong with it. */
export interface Found {
  readonly file: FoundFile | undefined
  readonly problems: readonly string[]
}

/** @param named `undefined`: the `.env` of the folder, if there is one */
export function findEnvFile(named: NamedFile | undefined, cwd: string, readFile: ReadFile): Found {
  return named ? openNamed(named, cwd, readFile) : open('.env', cwd, readFile)
}

/** @param named `undefined`: the configuration file of the folder, if there is one */
export function findConfigFile(named: NamedFile | undefined, cwd: string, readFile: ReadFile): Found {
  if (named) return openNamed(named, cwd, readFile)
  const found = CONFIG_FILES.map((name) => open(name, cwd, readFile))
  const files = found.flatMap(({ file }) => file ?? [])
  const problems = found.flatMap((one) => one.problems)
  if (files.length > 1)
    problems.push(`There is more than one configuration file: ${files.map(({ name }) => name).join(', ')}. Keep one.`)
  return { file: problems.length === 0 ? files[0] : undefined, problems }
}

function open(name: string, cwd: string, readFile: ReadFile): Found {
  try {
    const text = readFile(resolve(cwd, name))
    return { file: text === undefined ? undefined : { name, text }, problems: [] }
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'for no reason that is known'
    return { file: undefined, problems: [`${name} cannot be read (${reason}). Make it a readable file, or name another.`] }
  }
}

function openNamed({ name, label }: NamedFile, cwd: string, readFile: ReadFile): Found {
  const found = open(name, cwd, readFile)
  if (found.file || found.problems.length > 0) return found
  return { file: undefined, problems: [`${label}: the file ${name} does not exist. Name one that does, or leave it out.`] }
}

/** Reads the disk. */
export function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}
