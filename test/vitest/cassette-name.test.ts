/** The names of cassettes: different for different tests, readable, and fit for every file system. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resolveNested } from '../../src/cassettes/place.ts'
import { cassetteName, toName } from '../../src/vitest/cassette-name.ts'
import { belowRoot, testsIn, titleOf } from '../../src/vitest/task.ts'
import { fileOf } from './a-task.ts'

const namesOf = (...parts: Parameters<typeof fileOf>): string[] =>
  testsIn(fileOf(...parts)).map((test) => cassetteName(test, '/r'))

describe('a name', () => {
  it.each([
    ['tells the weather', 'tells-the-weather'],
    ['Tells   the Weather', 'tells-the-weather'],
    ['uses gpt-4.1', 'uses-gpt-4.1'],
    ['天気 を 知らせる', '天気-を-知らせる'],
    ['snake_case', 'snake_case']
  ])('of %s is %s', (title, name) => expect(toName(title)).toBe(name))

  it.each([
    'returns 401 (unauthorized)',
    "it's sunny",
    'reads a.yaml',
    'a.failed',
    'a/b',
    '..',
    '',
    '🙂',
    'con',
    'x'.repeat(300),
    '天'.repeat(200)
  ])('says by a digest what %j loses', (title) => expect(toName(title)).toMatch(/(?:^|-)[0-9a-z]{7}$/))

  it('is one that a cassette may have, and differs where more than capitals and white space does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
        expect(() => resolveNested('recordings/', toName(one))).not.toThrow()
        const plain = (text: string): string =>
          text
            .normalize('NFC')
            .toLowerCase()
            .trim()
            .replaceAll(/[\s-]+/g, '-')
        if (plain(one) !== plain(other) && one.normalize('NFC') !== other.normalize('NFC'))
          expect(toName(one)).not.toBe(toName(other))
      })
    )
  })
})

describe('the name of a test', () => {
  it('has its file, its suites and its title', () => {
    expect(namesOf('/r/test/weather.test.ts', ['tells', ['agents', ['tells', ['deep', ['x']]]]])).toEqual([
      'test/weather.test/tells',
      'test/weather.test/agents/tells',
      'test/weather.test/agents/deep/x'
    ])
  })

  it('is its own where titles repeat, or differ by capitals alone', () => {
    expect(namesOf('/r/a.test.ts', ['same', 'same', 'Same', ['each', ['x']], ['each', ['x']]])).toEqual([
      'a.test/same',
      'a.test/same@2',
      'a.test/same@3',
      'a.test/each/x',
      'a.test/each@2/x'
    ])
  })

  it('has the name of its project', () => {
    expect(namesOf('/r/a.test.ts', ['x'], 'right hand')).toEqual(['right-hand/a.test/x'])
    expect(namesOf('/r/a.test.ts', ['x'], '')).toEqual(['a.test/x'])
  })

  it('is fit for folders of routes, for files outside the root and for Windows', () => {
    const [route] = namesOf('/r/app/[slug]/.page.test.tsx', ['x'])
    expect(route).toMatch(/^app\/slug-[0-9a-z]{7}\/page-test-[0-9a-z]{7}\/x$/)
    expect(() => resolveNested('recordings/', route!)).not.toThrow()
    expect(belowRoot('/other/a.test.ts', '/r')).toBe('other/a.test.ts')
    expect(belowRoot(String.raw`C:\r\test\a.test.ts`, 'C:/r')).toBe('test/a.test.ts')
  })

  it('is found quickly among very many', () => {
    const many = fileOf(
      '/r/a.test.ts',
      Array.from({ length: 5000 }, (_, index) => `case ${index}`)
    )
    expect(new Set(testsIn(many).map((test) => cassetteName(test, '/r'))).size).toBe(5000)
  })
})

it('people are told of a test as vitest tells them', () => {
  const [first, second] = testsIn(fileOf('/r/test/a.test.ts', ['x', ['suite', ['y']]], 'web'))
  expect(titleOf(first!, '/r')).toBe('|web| test/a.test.ts > x')
  expect(titleOf(second!, '/r')).toBe('|web| test/a.test.ts > suite > y')
})
