/** docs/replay.md says of rules what is so. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseFieldPattern } from '../../../src/cassettes/matching/field-pattern.ts'
import { NORMALISERS } from '../../../src/cassettes/matching/normalisers.data.ts'
import { compileRules } from '../../../src/cassettes/matching/rules.ts'
import { headerSchema } from '../../../src/cassettes/schema.ts'

const page = readFileSync(new URL('../../../docs/replay.md', import.meta.url), 'utf8')
const section = (title: string): string => page.slice(page.indexOf(`### ${title}`)).split(/\n###? /, 2)[0]!
const codesOf = (cells: readonly string[]): string[] =>
  cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!))
const firstCells = (text: string): string[] => [...text.matchAll(/^\| (`.*?) \|/gm)].map(([, cell]) => cell!)

describe('docs/replay.md', () => {
  it('names every normaliser, in its order, and none besides', () => {
    const names = codesOf(firstCells(section('Normalisers'))).filter((code) => !code.startsWith('/'))
    expect(names).toEqual(NORMALISERS.map(({ name }) => name))
  })

  it('shows places that can be read', () => {
    const places = codesOf(firstCells(section('Places')))
    expect(places.length).toBeGreaterThan(9)
    for (const place of places) expect(() => parseFieldPattern(place)).not.toThrow()
  })

  it('shows a first document that can be used', () => {
    const [, yaml] = /```yaml\n(cassette: 1[^]*?)---\n```/.exec(page)!
    const { cassette: _version, ...rules } = headerSchema.parse(parse(yaml!))
    expect(compileRules(rules)).toMatchObject({ headers: ['anthropic-beta'], repeat: 'error', isPlain: false })
  })
})
