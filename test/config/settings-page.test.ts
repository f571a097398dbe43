/** docs/settings.md has a row for every setting, with its variable, flag, key and default. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { SETTINGS } from '../../src/config/settings.ts'

const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8')
const rows = page
  .split('\n')
  .filter((line) => /^\| (`|–)/.test(line))
  .map((line) =>
    line
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim())
      .slice(1, -1)
  )

it('has exactly one row for each setting, in the order of the table', () => {
  const code = (text: string | undefined): string => (text === undefined ? '–' : `\`${text}\``)
  const expected = SETTINGS.map(({ key, variable, flag, default: standard, meaning, outside }) => [
    code(variable),
    code(flag),
    outside ? '–' : code(key),
    code(standard),
    meaning.replaceAll('|', String.raw`\|`).replaceAll('*', String.raw`\*`)
  ])
  expect(rows).toEqual(expected)
})
