/** Loads the settings with their program, and says what of a later change can hold without a restart. */
import { resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Config } from './config.ts'
import { isProgram } from './config-file.ts'
import { isLoopback } from './loopback.ts'
import { findConfiguration, loadConfig, type LoadedConfig, type LoadOptions } from './load.ts'
import { runProgram } from './run-program.ts'
import { SETTINGS } from './settings.ts'

/** The settings, and the file they stand in. */
export interface LiveConfig extends LoadedConfig {
  /** Absolute; `undefined`: there is no configuration file. */
  readonly path: string | undefined
  /** What stood in it. */
  readonly text: string | undefined
}

/**
 * Loads the configuration of the command line, and runs its file where that is a program.
 * @param version a new number runs that file anew
 * @throws `ConfigError` with every problem
 */
export async function loadSettings(options: LoadOptions, version: number): Promise<LiveConfig> {
  const file = findConfiguration(options)
  const path = file && resolve(options.cwd, file.name)
  const program = path !== undefined && isProgram(path) ? await runProgram(path, { version }) : undefined
  return { ...loadConfig({ ...options, program }), path, text: file?.text }
}

/** Settings whose change holds from the next exchange on. */
const LIVE_KEYS: ReadonlySet<string> = new Set<keyof Config>([
  'allowedModels',
  'forbiddenOutputs',
  'maxTokens',
  'forbiddenInstructions',
  'rateLimit',
  'unknownEndpoints',
  'rules',
  'ruleTimeoutMs',
  'proxyTokens'
])

/**
 * What is wrong with a change though it would be right at a start: the proxy still listens where it did.
 * @param running what the proxy was started with
 */
export function changeProblems(running: Config, next: Config): string[] {
  if (isLoopback(running.host) || next.proxyTokens) return []
  return [
    `It names no proxyTokens any more, but the proxy listens on ${running.host}, where other machines reach it. Keep a token.`
  ]
}

/** The settings that differ and cannot change while the proxy runs, by the names of the configuration file. */
export function needRestart(before: Config, after: Config): string[] {
  const keys = SETTINGS.map(({ key }) => key).filter((key): key is keyof Config => Object.hasOwn(before, key))
  return keys.filter((key) => !LIVE_KEYS.has(key) && !isDeepStrictEqual(plain(before[key]), plain(after[key])))
}

/** Functions as their text: a program that was run anew has new ones, which need not differ. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (_, part: unknown) => (typeof part === 'function' ? String(part) : part))
  ) as unknown
}
