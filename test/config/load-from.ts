/** Loads a configuration out of files and variables that stand in the test itself. */
import { join } from 'node:path'
import { ConfigError } from '../../src/config/config-error.ts'
import { loadConfig, type Flags, type LoadedConfig } from '../../src/config/load.ts'

export interface Given {
  readonly flags?: Flags
  readonly env?: Readonly<Record<string, string>>
  /** Text by name in the folder that the proxy is started in. */
  readonly files?: Readonly<Record<string, string>>
}

const FOLDER = '/project'

export function loadFrom({ flags = {}, env = {}, files = {} }: Given): LoadedConfig {
  const byPath = new Map(Object.entries(files).map(([name, text]) => [join(FOLDER, name), text]))
  return loadConfig({ flags, env, cwd: FOLDER, readFile: (path) => byPath.get(path) })
}

/** The problems that a configuration has. Fails where it has none. */
export function problemsOf(given: Given): readonly string[] {
  try {
    loadFrom(given)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  throw new Error('This configuration was expected to have problems, and has none.')
}
