/** `openai-proxy cassettes prune`: what goes, what stays byte for byte, and that nothing goes unasked. */
import { appendFile, chmod, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { pruneCassettes } from '../../src/commands/cassettes-prune.ts'
import type { PruneOptions } from '../../src/config/cassettes-tool.ts'
import { whileLocked } from '../../src/cassettes/write-lock.ts'
import { answerOf, chat, jsonRequest, makeInteraction, openFile } from '../cassettes/make-interaction.ts'
import { buildCommand, runCommand } from '../cli/command.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'
import { chatted, runIn, writeCassette, type Ran } from './tool-parts.ts'

const NOTHING_ASKED: PruneOptions = { unused: [], duplicates: false, sideFiles: false, yes: false, json: false }

const prune = (names: readonly string[], options: Partial<PruneOptions>, answer?: boolean, match = {}): Promise<Ran> =>
  runIn(
    (parts) => pruneCassettes(names, { ...NOTHING_ASKED, ...options }, { match }, parts),
    answer === undefined ? {} : { answer }
  )

async function withCassette(use: (file: string, folder: TemporaryFolder) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder()
  const file = folder.file('a.yaml')
  await writeCassette(file, chatted('one', '1'), chatted('two', '2'), chatted('three', '3'))
  await use(file, folder)
}

/** The documents of a cassette, the header first. */
const pieces = async (file: string): Promise<string[]> => (await readFile(file, 'utf8')).split(/^---\r?\n/m)

describe('unused ones', () => {
  it('by name: asked for, removed; the others keep every byte, and the file its permissions', () =>
    withCassette(async (file, folder) => {
      await appendFile(
        file,
        '---\n# by hand\nrequest: {method: GET, url: "https://api.openai.com/v1/models"}\nresponse: {status: 200}\nrecorded: {at: 2026-01-01T00:00:00Z, ms: 1}'
      )
      await chmod(file, 0o640)
      const before = await pieces(file)
      const { code, questions, out } = await prune([], { unused: [`${file}:2`] }, true)
      expect([code, questions]).toEqual([0, ['Remove 1 interaction?']])
      expect(out).toContain(`${file}:2  unused  POST /v1/chat/completions`)
      expect(await pieces(file)).toEqual(before.toSpliced(2, 1))
      expect((await stat(file)).mode & 0o777).toBe(0o640)
      expect(await readdir(folder.path)).toEqual(['a.yaml'])
    }))

  it('with the line ends of Windows, and an unfinished end behind', () =>
    withCassette(async (file) => {
      const text = (await readFile(file, 'utf8')).replaceAll('\n', '\r\n')
      await writeFile(file, `${text}---\r\nkey: 1`)
      const before = await pieces(file)
      expect((await prune([], { unused: [`${file}:3`], yes: true })).code).toBe(0)
      expect(await pieces(file)).toEqual(before.toSpliced(3, 1))
    }))

  it('by the report of a run; a cassette of which nothing is left goes', () =>
    withCassette(async (file, folder) => {
      const place = (line: number): object => ({ place: `${file}:${line}` })
      const lines = JSON.parse((await prune([], { unused: [1, 2, 3].map((n) => `${file}:${n}`), json: true }, false)).out) as {
        interactions: { line: number }[]
      }
      const unused = lines.interactions.map(({ line }) => place(line))
      await writeFile(folder.file('run.json'), JSON.stringify({ cassettes: [{ name: file, size: 3, used: [], unused }] }))
      const { code, out } = await prune([], { unused: [folder.file('run.json')], yes: true })
      expect(code).toBe(0)
      expect(out).toContain(`Nothing is left of ${file}: it goes.`)
      expect(await readdir(folder.path)).toEqual(['run.json'])
    }))

  it('refuses a report of another state, and what is no report', () =>
    withCassette(async (file, folder) => {
      const report = folder.file('run.json')
      const before = await readFile(file)
      for (const [use, message] of [
        [{ name: file, size: 2, unused: [] }, 'is not what the report has seen'],
        [{ name: file, size: 3, unused: [{ place: `${file}:7` }] }, 'is not what the report has seen'],
        [{ name: file }, 'is no report of a run']
      ] as const) {
        await writeFile(report, JSON.stringify([use]))
        await expect(prune([file], { unused: [report], yes: true })).rejects.toThrow(message)
      }
      expect(await readFile(file)).toEqual(before)
    }))
})

describe('asking', () => {
  it('a no leaves everything, and exits 1; nobody to ask is an error', () =>
    withCassette(async (file) => {
      const before = await readFile(file)
      expect((await prune([], { unused: [`${file}:1`] }, false)).code).toBe(1)
      await expect(prune([], { unused: [`${file}:1`] })).rejects.toThrow('--yes')
      await expect(prune([file], {})).rejects.toThrow('Say what is to go')
      expect(await readFile(file)).toEqual(before)
    }))

  it('what was recorded while a person thought is not lost', () =>
    withCassette(async (file) => {
      const options = { unused: [`${file}:1`], duplicates: false, sideFiles: false, yes: false, json: false }
      const ask = async (): Promise<boolean> => {
        await writeCassette(file, chatted('four', '4'))
        return true
      }
      await expect(
        pruneCassettes(
          [],
          options,
          { match: {} },
          { version: '0.0.0', secrets: [], write: () => undefined, report: () => undefined, ask }
        )
      ).rejects.toThrow('changed meanwhile')
      expect(await pieces(file)).toHaveLength(5)
    }))
})

it('duplicates: only where every replay stays as it was', async () => {
  await using folder = await temporaryFolder()
  const file = folder.file('a.yaml')
  const answers = (...texts: readonly string[]) => texts.map((text) => makeInteraction(chat('poll'), text))
  await writeCassette(file, ...answers('"wait"', '"wait"', '"done"', '"done"', '"done"'), makeInteraction(chat('once'), '"x"'))
  expect((await prune([file], { duplicates: true, yes: true })).out).toMatch(/:4 .*duplicate[^]*:5 .*duplicate/)
  const tape = await openFile(file)
  expect([tape.size, ...(await Promise.all([1, 2, 3, 4].map(() => answerOf(tape, chat('poll')))))]).toEqual([
    4,
    '"wait"',
    '"wait"',
    '"done"',
    '"done"'
  ])
  expect((await prune([file], { duplicates: true, yes: true })).out).toBe('Nothing to remove.\n')
})

it.each([
  ['repeat: cycle in the settings', { repeat: 'cycle' }, '', 0],
  ['repeat: error in the cassette', {}, 'repeat: error\n', 0],
  ['a function of the settings', { fits: () => true }, '', 0],
  ['the rule of the cassette over that of the settings', { repeat: 'error' }, 'repeat: last\n', 1],
  ['ignored places that all have in common', { ignore: ['user'] }, '', 1],
  ['ids that must be what was recorded', { ids: 'exact' }, '', 1]
] as const)('duplicates: %s', async (_what, match, header, gone) => {
  await using folder = await temporaryFolder()
  const file = folder.file('a.yaml')
  await writeCassette(file, chatted('one', '1'), chatted('one', '1'), chatted('two', '2'))
  await writeFile(file, (await readFile(file, 'utf8')).replace('cassette: 1\n', `cassette: 1\n${header}`))
  await prune([file], { duplicates: true, yes: true }, undefined, match)
  expect((await openFile(file)).size).toBe(3 - gone)
})

it('duplicates: one that a rule makes equal stays, since it answers its own request first', async () => {
  await using folder = await temporaryFolder()
  const file = folder.file('a.yaml')
  const asked = (user: string) => jsonRequest({ model: 'gpt-4o', user, messages: [{ role: 'user', content: 'poll' }] })
  const texts = [
    ['x', '"b"'],
    ['y', '"a"'],
    ['x', '"a"']
  ] as const
  await writeCassette(file, ...texts.map(([user, text]) => makeInteraction(asked(user), text)))
  const match = { ignore: ['user'] }
  const played = async (): Promise<string[]> => {
    const tape = await openFile(file, [], match)
    const answers: string[] = []
    for (const user of ['x', 'x', 'y', 'x', 'z']) answers.push(await answerOf(tape, asked(user)))
    return answers
  }
  const before = await played()
  expect((await prune([file], { duplicates: true, yes: true }, undefined, match)).out).toBe('Nothing to remove.\n')
  expect(await played()).toEqual(before)
})

it('nothing while another process writes to the cassette', () =>
  withCassette(async (file) => {
    const { pruning } = await whileLocked(file, async () => {
      const ending = prune([file], { unused: [`${file}:2`], yes: true })
      await new Promise((done) => setTimeout(done, 200))
      expect((await openFile(file)).size).toBe(3)
      return { pruning: ending }
    })
    expect((await pruning).code).toBe(0)
    expect((await openFile(file)).size).toBe(2)
  }))

describe('as a program', () => {
  it('reads the rules of the configuration file, and writes the cassette', { timeout: 180_000 }, async () => {
    await using folder = await temporaryFolder()
    const program = buildCommand('cassettes-prune-test')
    const file = folder.file('recordings', 'weather.yaml')
    await mkdir(folder.file('recordings'))
    await writeCassette(file, chatted('one', '1'), chatted('one', '1'), chatted('two', '2'))
    const config = folder.file('openai-proxy.config.yaml')
    await writeFile(config, 'match:\n  repeat: cycle\n')
    const run = (...args: readonly string[]): ReturnType<typeof runCommand> =>
      runCommand(program, ['cassettes', 'prune', 'weather', '--duplicates', ...args], { cwd: folder.path })
    expect(await run('--yes')).toMatchObject({ code: 0, stdout: 'Nothing to remove.\n', stderr: '' })
    await rm(config)
    const refused = await run()
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('there is no terminal to ask on')])
    expect((await openFile(file)).size).toBe(3)
    const { code, stdout, stderr } = await run('--yes')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/recordings\/weather\.yaml:2 +duplicate +POST \/v1\/chat\/completions\n[^]*Removed\.\n$/)
    expect((await openFile(file)).size).toBe(2)
  })
})

it('side files that no cassette of the folder names, also those that are freed now', async () => {
  await using folder = await temporaryFolder()
  const large = (seed: number) => Uint8Array.from({ length: 70_000 }, (_, index) => (index * seed) % 256)
  const audio = { headers: [['content-type', 'audio/mpeg'] as const] }
  const [a, b] = [folder.file('a.yaml'), folder.file('b.yaml')]
  await writeCassette(
    a,
    makeInteraction(chat('1'), large(3), audio),
    makeInteraction(chat('2'), large(7), audio),
    chatted('x', 'x')
  )
  // As a renamed cassette does, this one names a file of the other's folder.
  await writeFile(
    b,
    (await readFile(a, 'utf8'))
      .split(/^(?=---\n)/m)
      .slice(0, 2)
      .join('')
  )
  await writeFile(folder.file('a.files', 'notes.txt'), 'mine')
  const { out, code } = await prune([a], { unused: [`${a}:1`, `${a}:2`], sideFiles: true, json: true, yes: true })
  const { sideFiles } = JSON.parse(out) as { sideFiles: { file: string }[] }
  expect([code, sideFiles.length]).toEqual([0, 1])
  expect(await readdir(folder.file('a.files'))).toHaveLength(2)
  expect(Buffer.from(await answerOf(await openFile(b), chat('1'))).length).toBeGreaterThan(0)
  await mkdir(folder.file('empty.files'))
  expect((await prune([a], { sideFiles: true, yes: true })).out).toBe('Nothing to remove.\n')
})
