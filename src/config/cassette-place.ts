/** Says which of two things a bare name means: a folder that is there, or the cassette of that name. */
import { existsSync, statSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import type { Config } from './config.ts'
import { ConfigError } from './config-error.ts'
import { isFolderPlace, resolveCassette } from '../cassettes/place.ts'

/**
 * A place of cassettes in which a folder that is there shows as one: `recordings` becomes `recordings/`.
 * @throws where there is a folder and a cassette of that name
 */
export function readPlace(place: string): string {
  if (isFolderPlace(place) || place.includes('\0') || !isFolder(place)) return place
  const cassette = resolveCassette({ place, session: '' })
  // What lies in the folder is played with it.
  if (!existsSync(cassette) || resolve(cassette).startsWith(resolve(place) + sep)) return `${place}/`
  throw new Error(`${place} is a folder, and there is the cassette ${cassette}. Write which is meant: ${place}/ or ${cassette}.`)
}

/** What cannot be looked at is told by whoever opens it. */
function isFolder(place: string): boolean {
  try {
    return statSync(place).isDirectory()
  } catch {
    return false
  }
}

/** Throws `ConfigError`. Apart from the checks of settings, since these need no disk. */
export function withPlace(config: Config, label = 'cassette'): Config {
  if (config.cassette === undefined) return config
  try {
    return { ...config, cassette: readPlace(config.cassette) }
  } catch (error) {
    throw new ConfigError([`${label}: ${(error as Error).message}`])
  }
}
