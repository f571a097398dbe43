/** `openai-proxy cassettes export`: another tool's files, and the way back. */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { EXPORT_FORMATS } from '../../src/config/cassettes-commands.ts'
import { RECORDING_FORMATS } from '../../src/cassettes/formats/index.ts'
import { chat, makeInteraction, openFile, record } from '../cassettes/make-interaction.ts'
import { type Result, runHere } from '../cli/command.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'

const run = (folder: TemporaryFolder, ...args: readonly string[]): Promise<Result> =>
  runHere(['cassettes', ...args], { cwd: folder.path })

/** recordings/weather.yaml: a JSON answer, and bytes that are large enough to stand beside it. */
async function withCassette(use: (folder: TemporaryFolder) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder()
  await mkdir(folder.file('recordings'))
  const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256)
  await record(
    await openFile(folder.file('recordings', 'weather.yaml')),
    makeInteraction(chat('one')),
    makeInteraction(chat('two'), bytes, { headers: [['content-type', 'audio/mpeg']], timing: [5, 3] })
  )
  await use(folder)
}

it('offers every format that there is', () => {
  expect([...EXPORT_FORMATS].toSorted()).toEqual(RECORDING_FORMATS.map(({ name }) => name).toSorted())
})

describe.each(RECORDING_FORMATS.map(({ name, extension }) => [name, extension]))('as %s', (name, extension) => {
  it('comes back as it was', () =>
    withCassette(async (folder) => {
      const out = await run(folder, 'export', 'weather', '--as', name!, '--to', 'out')
      expect([out.code, out.stderr]).toEqual([0, ''])
      expect(await readdir(folder.file('out'))).toEqual([`weather${extension}`])
      const back = await run(folder, 'import', `out/weather${extension}`, '--to', 'back')
      expect([back.code, back.stderr]).toEqual([0, ''])
      const bodies = async (path: string): Promise<string[]> => {
        const tape = await openFile(folder.file(path, 'weather.yaml'))
        const texts = ['one', 'two'].map(async (ask) => {
          const answer = await tape.take(chat(ask))
          if (answer.kind === 'miss') throw new Error(`a miss: ${JSON.stringify(answer)}`)
          return Buffer.from(answer.interaction.response.body).toString('base64')
        })
        return Promise.all(texts)
      }
      expect(await bodies('back')).toEqual(await bodies('recordings'))
    }))
})

it('prints a table, or JSON', () =>
  withCassette(async (folder) => {
    const { stdout } = await run(folder, 'export', 'recordings', '--as', 'har', '--to', 'out')
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'cassette                 written  out  file',
      '-'.repeat(54),
      'recordings/weather.yaml        2    0  out/weather.har'
    ])
    const json = await run(folder, 'export', 'recordings/weather.yaml', '--as', 'har', '--to', 'json', '--json')
    expect(JSON.parse(json.stdout)).toEqual({
      format: 'har',
      files: [{ cassette: 'recordings/weather.yaml', file: 'json/weather.har', written: 2, leftOut: [] }]
    })
  }))

it('says what the format cannot hold', async () => {
  await using folder = await temporaryFolder()
  const odd = makeInteraction(chat('two'), Uint8Array.of(0xc3, 0x28), { headers: [['content-type', 'text/plain']] })
  await record(await openFile(folder.file('a.yaml')), makeInteraction(chat('one')), odd)
  const { code, stdout } = await run(folder, 'export', 'a.yaml', '--as', 'azure', '--to', 'out')
  expect(code).toBe(1)
  expect(stdout).toMatch(/a\.yaml +1 +1 +out\/a\.json\n\nWhat was not written:\n {2}a\.yaml:\d+: a body that is no UTF-8/)
})

it('replaces nothing that it was not asked to', () =>
  withCassette(async (folder) => {
    await mkdir(folder.file('out'))
    await writeFile(folder.file('out', 'weather.har'), 'mine')
    const { code, stderr } = await run(folder, 'export', 'weather', '--as', 'har', '--to', 'out')
    expect([code, stderr]).toEqual([2, expect.stringContaining('out/weather.har exists') as string])
    expect(await readFile(folder.file('out', 'weather.har'), 'utf8')).toBe('mine')
    expect((await run(folder, 'export', 'weather', '--as', 'har', '--to', 'out', '--overwrite')).code).toBe(0)
    expect(await readdir(folder.file('out'))).toEqual(['weather.har'])
  }))

it.each([
  [['nothing', '--as', 'har', '--to', 'out'], 'nothing does not exist'],
  [['weather', '--as', 'wav', '--to', 'out'], 'Allowed choices are har, vcrpy, ruby-vcr, azure, nock'],
  [['weather', '--to', 'out'], "required option '--as <format>'"],
  [['weather', '--as', 'har'], "required option '--to <folder>'"],
  [['weather', '--as', 'har', '--to', 'recordings/weather.yaml'], 'Cannot write recordings/weather.yaml/weather.har']
])('%j', (args, told) =>
  withCassette(async (folder) => {
    const { code, stderr } = await run(folder, 'export', ...args)
    expect(code).toBe(2)
    expect(stderr).toContain(told)
  })
)
