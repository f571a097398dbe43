/** Names of what is written: short, each its own, never out of the folder. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resolveCassette } from '../../src/cassettes/place.ts'
import { nameTargets } from '../../src/commands/target-names.ts'

describe('the names of targets', () => {
  it.each([
    [['tests/test_chat.yaml'], ['test_chat']],
    [
      ['a/x.yml', 'b/x.yaml', 'c/y.har'],
      ['a-x', 'b-x', 'y']
    ],
    [
      ['q/a/x.yml', 'r/a/x.yml', 'b/x.yml'],
      ['q-a-x', 'r-a-x', 'b-x']
    ],
    [
      ['A/Same.json', 'b/same.json'],
      ['A-Same', 'b-same']
    ],
    [['x[gpt-5.4].yaml'], ['x-gpt-5.4']],
    [['../../etc/passwd'], ['passwd']],
    [
      ['..', '...', '.yaml'],
      ['recording', 'recording-2', 'recording-3']
    ],
    [
      ['a.yaml', 'a.yml'],
      ['a', 'a-2']
    ],
    [['C:\\tapes\\a b.har'], ['a-b']],
    [[], []]
  ])('%j: %j', (files, names) => {
    expect(nameTargets(files)).toEqual(names)
  })

  it('are sessions that a base URL can name, and all different, whatever the files are called', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('..', '.', 'a', 'A', '~', 'x'.repeat(300), '😀'.repeat(90))
    )
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 8 }), (files) => {
        const names = nameTargets(files)
        expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(files.length)
        for (const name of names) {
          expect(resolveCassette({ place: 'tapes/', session: name })).toBe(`tapes/${name}.yaml`)
          expect(Buffer.byteLength(name)).toBeLessThan(200)
        }
      })
    )
  })
})
