/** Which files of a folder are its cassettes, now. */
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { createListing } from '../src/list-cassettes.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const TEXT = '# yaml-language-server: $schema=x\n# a comment\ncassette: 1\n'

describe('the cassettes of a folder', () => {
  it('are those of the folders in it too, in the order of their paths, and nothing that is none', async () => {
    await using folder = await temporaryFolder()
    for (const name of ['agents/deep', 'weather.files', '.cache', 'node_modules/x'])
      await mkdir(folder.file(name), { recursive: true })
    const cassettes = ['default.yaml', 'agents/weather.yml', 'agents/deep/a.yaml', 'b.failed.test.yaml']
    const others = [
      'weather.failed.yaml',
      'weather.recording-s-0123456789abcdef.yaml',
      'weather.files/a.yaml',
      '.cache/a.yaml',
      '.hidden.yaml',
      'node_modules/x/a.yaml',
      'notes.txt'
    ]
    for (const name of [...cassettes, ...others]) await writeFile(folder.file(name), TEXT)
    await writeFile(folder.file('docker-compose.yaml'), 'services:\n  a: {}\n')
    await writeFile(folder.file('empty.yaml'), '')
    const found = await createListing(folder.path).files()
    expect(found).toEqual(
      ['agents/deep/a.yaml', 'agents/weather.yml', 'b.failed.test.yaml', 'default.yaml'].map((name) => folder.file(name))
    )
  })

  it('are looked for again when something came or went, in any folder', async () => {
    await using folder = await temporaryFolder()
    await mkdir(folder.file('agents'))
    await writeFile(folder.file('a.yaml'), TEXT)
    const old = new Date(Date.now() - 60_000)
    for (const path of [folder.path, folder.file('agents')]) await utimes(path, old, old)
    const listing = createListing(folder.path)
    const names = async (): Promise<string[]> => (await listing.files()).map((file) => file.slice(folder.path.length + 1))
    expect(await names()).toEqual(['a.yaml'])
    expect(await listing.files()).toBe(await listing.files())
    await writeFile(folder.file('agents', 'b.yaml'), TEXT)
    expect(await names()).toEqual(['a.yaml', 'agents/b.yaml'])
    await rm(folder.file('a.yaml'))
    expect(await names()).toEqual(['agents/b.yaml'])
  })

  it('are none where there is no folder, until there is one', async () => {
    await using folder = await temporaryFolder()
    const listing = createListing(folder.file('later'))
    expect(await listing.files()).toEqual([])
    await mkdir(folder.file('later'))
    await writeFile(folder.file('later', 'a.yaml'), TEXT)
    expect(await listing.files()).toEqual([folder.file('later', 'a.yaml')])
  })
})
