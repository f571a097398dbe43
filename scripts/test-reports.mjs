/** Vitest's JSON reports in a folder: `{ file, version, results }`, oldest first; `version` is Node's, as the names of the files have it. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

export function readReports(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => ({ name, writtenAt: statSync(join(folder, name)).mtimeMs }))
    .toSorted((a, b) => a.writtenAt - b.writtenAt)
    .map(({ name }) => ({
      file: name,
      version: name.split('-', 1)[0],
      results: JSON.parse(readFileSync(join(folder, name), 'utf8')).testResults
    }))
}
