/** Why a proxy did not start, as the command line says it. */
import type { Config, Origins } from '../config/config.ts'
import { EXIT_USAGE } from '../config/command-line.ts'

/** The exit code of a start that failed. */
export const EXIT_FAILED = 1

/** Codes of errors that are a wrong setting: it names what is not there, or cannot be. */
const MISSING: ReadonlySet<unknown> = new Set(['cassette_missing', 'cassette_name'])

export interface StartProblem {
  readonly line: string
  readonly code: number
}

export function startProblem(error: unknown, config: Config, origins: Origins): StartProblem {
  const line = withoutKeys(error instanceof Error ? error.message : String(error), config)
  if (!MISSING.has((error as { readonly code?: unknown }).code)) return { line, code: EXIT_FAILED }
  return { line: `${origins.cassette ?? origins.mode}: ${line}`, code: EXIT_USAGE }
}

/** An error of another's making may quote a setting. */
function withoutKeys(text: string, { openaiApiKey, anthropicApiKey }: Config): string {
  return [openaiApiKey, anthropicApiKey].reduce<string>((clean, key) => (key ? clean.replaceAll(key, '<key>') : clean), text)
}
