/** Reads a file of variables (`.env`), and tells of lines that would silently be lost. */
import { parseEnv } from 'node:util'
import type { Variables } from './config.ts'

/** What a file of variables says. */
export interface EnvFile {
  readonly variables: Variables
  /** Each without the file's name. */
  readonly problems: readonly string[]
}

/** @param text the file's text, in the form that Node reads with `--env-file` */
export function readEnvFile(text: string): EnvFile {
  const plain = text.replace(/^\uFEFF/, '')
  const variables = parseEnv(plain) as Record<string, string>
  const problems = linesWithoutValue(plain).map(
    (line) => `Line ${line} has no "=", and hides the line behind it. Write NAME=value, or begin the line with #.`
  )
  return { variables: Object.fromEntries(Object.entries(variables).filter(([name]) => !/\s/.test(name))), problems }
}

/** Node 20 joins a line that has no "=" with the name in the line behind it; newer ones leave it out. Lines count from 1. */
function linesWithoutValue(text: string): number[] {
  const found: number[] = []
  let quote: string | undefined
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (quote !== undefined) {
      if (line.includes(quote)) quote = undefined
      continue
    }
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const value = /^[^=]*=\s*(.*)$/.exec(trimmed)?.[1]
    if (value === undefined) found.push(index + 1)
    const opening = /^["'`]/.exec(value ?? '')?.[0]
    if (opening !== undefined && !value!.slice(1).includes(opening)) quote = opening
  }
  return found
}
