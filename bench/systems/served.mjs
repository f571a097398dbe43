/** The program of a system that is a library. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** @param name its file here */
export function served(name, kind, task) {
  const file = join(task.folder, `${name}.json`)
  writeFileSync(file, JSON.stringify(task))
  return { command: process.execPath, args: [join(import.meta.dirname, 'serve.mjs'), name, kind, file] }
}
