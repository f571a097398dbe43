/** Which file a name, a path or a session means, and that no session leaves its folder. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CassetteError } from '../../src/cassettes/interaction.ts'
import { isFolderPlace, resolveCassette } from '../../src/cassettes/place.ts'

describe('a place', () => {
  it.each([
    [undefined, '', 'recordings/default.yaml', true],
    ['', '', 'recordings/default.yaml', true],
    [undefined, 'weather', 'recordings/weather.yaml', true],
    ['weather', '', 'recordings/weather.yaml', false],
    ['weather', 'rain', 'recordings/rain.yaml', false],
    ['my weather.v2', '', 'recordings/my weather.v2.yaml', false],
    ['weather.yaml', '', 'weather.yaml', false],
    ['weather.YML', '', 'weather.YML', false],
    ['tests/weather.yml', '', 'tests/weather.yml', false],
    ['tests/weather.yaml', 'rain', 'tests/rain.yaml', false],
    ['/tmp/weather.yaml', 'rain', '/tmp/rain.yaml', false],
    ['tests/tapes', '', 'tests/tapes/default.yaml', true],
    ['tests/tapes/', 'rain', 'tests/tapes/rain.yaml', true],
    ['./tapes', '', 'tapes/default.yaml', true],
    ['.', 'rain', 'rain.yaml', true],
    ['..', '', '../default.yaml', true],
    ['/abs', '', '/abs/default.yaml', true]
  ])('%s with the session "%s" is %s', (place, session, path, isFolder) => {
    expect(resolveCassette({ place, session })).toBe(join(path))
    expect(isFolderPlace(place)).toBe(isFolder)
  })

  it('with a NUL is refused', () => {
    expect(() => resolveCassette({ place: 'a\0.yaml', session: '' })).toThrow(CassetteError)
  })
})

describe('a session', () => {
  it.each([
    ['weather.yaml', 'weather'],
    ['weather.yml', 'weather'],
    ['a b', 'a b'],
    ['user@example.com+1', 'user@example.com+1'],
    ['test_1.2-3', 'test_1.2-3'],
    ['größe', 'größe'],
    ['天気', '天気'],
    ['_private', '_private'],
    ['हिन्दी', 'हिन्दी']
  ])('"%s" is a name', (session, name) => {
    expect(resolveCassette({ place: 'tapes/', session })).toBe(join('tapes', `${name}.yaml`))
  })

  it.each([
    '..',
    '../x',
    'a/../../x',
    'a/b',
    '/etc/passwd',
    '\\x',
    'a\\b',
    'C:\\x',
    'C:x',
    '.',
    '.hidden',
    'a..b',
    '...',
    '-rf',
    ' a',
    '~',
    '~root',
    '%2e%2e',
    'a\0b',
    'a\nb',
    'a\u202eb',
    'a:b',
    'a*',
    'a?',
    '"a"',
    '$HOME',
    '`id`',
    '.yaml',
    '..yaml',
    '\uff0e\uff0e\uff0fx',
    'x'.repeat(201),
    '天'.repeat(100)
  ])('%j is refused, with a reason', (session) => {
    const resolve = (): string => resolveCassette({ place: 'tapes/', session })
    expect(resolve).toThrow(CassetteError)
    expect(resolve).toThrow(/is no name of a cassette\. Use at most 200 letters, digits, .* begin with a letter or digit\.$/)
    expect(resolve).toThrow(
      expect.objectContaining({ code: 'cassette_name', message: expect.not.stringMatching(/.{300}/s) as string }) as Error
    )
  })
})
