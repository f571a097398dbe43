/** What a bare name means where there is a folder of that name. */
import { mkdir, writeFile } from 'node:fs/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readPlace } from '../../src/config/cassette-place.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

async function inFolder(...files: readonly string[]): Promise<void> {
  const folder = await temporaryFolder()
  const before = process.cwd()
  onTestFinished(async () => {
    process.chdir(before)
    await folder[Symbol.asyncDispose]()
  })
  process.chdir(folder.path)
  for (const name of ['recordings', 'weather', 'tapes']) await mkdir(name)
  for (const file of files) await writeFile(file, 'cassette: 1\n')
}

describe('a place', () => {
  it.each([
    ['recordings', 'recordings/'],
    ['weather', 'weather/'],
    ['tapes/', 'tapes/'],
    ['./tapes', './tapes'],
    ['rain', 'rain'],
    ['rain.yaml', 'rain.yaml'],
    ['a\0b', 'a\0b']
  ])('%j is read as %j', async (given, place) => {
    await inFolder()
    expect(readPlace(given)).toBe(place)
  })

  it('that is a folder and a cassette has to be said more clearly, unless the one lies in the other', async () => {
    await inFolder('recordings/weather.yaml', 'recordings/recordings.yaml', 'recordings/rec.yaml')
    await mkdir('rec')
    expect(() => readPlace('rec')).toThrow('Write which is meant: rec/ or recordings/rec.yaml.')
    expect(() => readPlace('weather')).toThrow('Write which is meant: weather/ or recordings/weather.yaml.')
    expect(readPlace('recordings')).toBe('recordings/')
    expect(readPlace('weather/')).toBe('weather/')
  })
})
