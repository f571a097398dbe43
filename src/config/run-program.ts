/** Runs a configuration file that is a program, and takes its default export. */
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf, show } from './config-error.ts'
import { readSettings, type ConfigFile } from './config-file.ts'

/** What runs it. */
export interface ProgramParts {
  /** A new number runs the file anew, though it was run before. */
  readonly version: number
  /** Whether this Node reads TypeScript. @default what this Node says of itself */
  readonly readsTypes?: boolean
}

/** @param path absolute. Never rejects: what is wrong is among the problems */
export async function runProgram(path: string, { version, readsTypes = nodeReadsTypes() }: ProgramParts): Promise<ConfigFile> {
  if (/^\.[cm]?ts$/.test(extname(path)) && !readsTypes) {
    const advice = 'Rename it to openai-proxy.config.mjs and take its types out, or use Node 22.18 or later.'
    return problem(`Node ${process.versions.node} does not run TypeScript. ${advice}`)
  }
  // What `require` has loaded, `import` takes from there, whatever the address says.
  delete createRequire(import.meta.url).cache[path]
  let module: { readonly default?: unknown }
  try {
    module = (await import(`${pathToFileURL(path).href}?version=${version}`)) as typeof module
  } catch (error) {
    return problem(`could not be run: ${messageOf(error).split('\n', 1)[0]}. Correct it and try again.`)
  }
  const settings = await module.default
  if (typeof settings !== 'object' || settings === null) {
    return problem(`its default export is ${show(settings)}, not settings. Write: export default defineConfig({ … }).`)
  }
  return readSettings(settings)
}

function problem(text: string): ConfigFile {
  return { values: {}, problems: [text] }
}

/** Since Node 22.18; `false`, or absent, before. */
function nodeReadsTypes(): boolean {
  const { typescript } = process.features as { readonly typescript?: unknown }
  return Boolean(typescript)
}
