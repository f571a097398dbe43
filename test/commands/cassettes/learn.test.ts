/** `openai-proxy cassettes learn`: what it prints, its exit codes, and that what it prints can be put into the cassette. */
import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { RecordedRequest } from '../../../src/cassettes/interaction.ts'
import { type Result, runHere } from '../../cli/command.ts'
import { temporaryFolder, type TemporaryFolder } from '../../support/temporary-folder.ts'
import { jsonRequest, makeInteraction, openFile, record } from '../../cassettes/make-interaction.ts'

const learn = (folder: TemporaryFolder, ...args: readonly string[]): Promise<Result> =>
  runHere(['cassettes', 'learn', ...args], { cwd: folder.path })

async function write(folder: TemporaryFolder, name: string, requests: readonly RecordedRequest[]): Promise<void> {
  await record(await openFile(folder.file(name)), ...requests.map((request) => makeInteraction(request)))
}

const say = (run: string, content: string): RecordedRequest =>
  jsonRequest({ metadata: { run }, messages: [{ role: 'user', content }] })

describe('openai-proxy cassettes learn', () => {
  it('prints lines that make the second run fit the first recording', async () => {
    await using folder = await temporaryFolder()
    const [first, second] = ['24', '25'].map((day) => [
      say(`run ${day}`, `Today is 2026-11-${day}. Say hi.`),
      say(`run ${day}`, `build-${day} is done, is it?`)
    ])
    await write(folder, 'first.yaml', first!)
    await write(folder, 'recordings/second.yaml', second!)
    const { code, stdout, stderr } = await learn(folder, 'first.yaml', 'second')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe(
      [
        '# 2 requests in both recordings, 2 changed.',
        '# For the first document of the cassette, below "cassette: 1":',
        'normalise:',
        '  - number in metadata.run',
        '  - iso-date in messages[0].content',
        String.raw`  - "/build-\\d+/ in messages[0].content"`,
        ''
      ].join('\n')
    )
    const path = folder.file('first.yaml')
    await writeFile(path, (await readFile(path, 'utf8')).replace('cassette: 1\n', `cassette: 1\n${stdout}`))
    const tape = await openFile(path)
    expect(await Promise.all(second!.map((request) => tape.has(request)))).toEqual([true, true])
    expect(await learn(folder, 'first.yaml', 'second')).toMatchObject({
      code: 0,
      stdout: '# 2 requests in both recordings, all equal.\n'
    })
  })

  it('says what it does not propose, and why, and exits 1', async () => {
    await using folder = await temporaryFolder()
    await write(folder, 'a.yaml', [say('x', 'Tell me of cats')])
    await write(folder, 'b.yaml', [say('y', 'Tell me of dogs'), jsonRequest({}, { url: 'https://api.openai.com/v1/responses' })])
    const { code, stdout } = await learn(folder, 'a.yaml', 'b.yaml')
    expect(code).toBe(1)
    expect(stdout).toContain('ignore:\n  - metadata.run\n# Not proposed:\n#   messages[0].content: it is what the model is asked')
    expect(stdout).toMatch(/# Only in one of the two, so the runs did different things:\n# {3}b\.yaml:\d+\n$/)
    const json = await learn(folder, 'a.yaml', 'b.yaml', '--json')
    expect(json.code).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({
      pairs: 1,
      changed: 1,
      ignore: ['metadata.run'],
      refused: [{ place: 'messages[0].content' }],
      alone: [expect.stringMatching(/^b\.yaml:\d+$/)]
    })
  })

  it('says which cassette is missing or broken, and how it is called', async () => {
    await using folder = await temporaryFolder()
    await write(folder, 'a.yaml', [say('x', 'Hi')])
    await writeFile(folder.file('b.yaml'), 'cassette: 1\nignore: [a..b]\n')
    expect(await learn(folder, 'a.yaml', 'none')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('none.yaml does not exist')
    })
    expect(await learn(folder, 'a.yaml', 'b.yaml')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('line 2: ignore[0]')
    })
    expect(await learn(folder, 'a.yaml')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("missing required argument 'second'")
    })
    const help = await learn(folder, '--help')
    expect([help.code, help.stdout.includes('openai-proxy cassettes learn first second')]).toEqual([0, true])
  })
})
