/** `openai-proxy cassettes list`: the table, on terminals of any width, JSON, and what a log can tell of use. */
import { mkdir, writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { listCassettes } from '../../src/commands/cassettes-list.ts'
import { makeInteraction } from '../cassettes/make-interaction.ts'
import { buildCommand, runCommand } from '../cli/command.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'
import { chatted, NOW, runIn, settings, streamed, writeCassette, type Ran } from './tool-parts.ts'

const list = (
  names: readonly string[],
  more: { log?: string | true; json?: boolean; columns?: number; color?: boolean } = {}
): Promise<Ran> =>
  runIn(
    (parts) => listCassettes(names, { log: more.log, json: more.json ?? false, now: NOW }, settings(), parts),
    more.columns === undefined ? {} : { terminal: { columns: more.columns, color: more.color ?? false } }
  )

const GET = { method: 'GET', url: 'https://api.openai.com/v1/models', headers: [], body: new Uint8Array() }

async function withCassettes(use: (folder: TemporaryFolder) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder()
  await mkdir(folder.file('tapes'))
  await writeCassette(folder.file('tapes', 'a.yaml'), chatted('one', 'Yes.'), streamed('two', ['Y', 'es']))
  await writeCassette(folder.file('tapes', 'b.yaml'), makeInteraction(GET, '{"data":[]}', { status: 404 }))
  await use(folder)
}

it('prints a table, and the sum; what nobody knows is a dash, and no part of the sum', () =>
  withCassettes(async (folder) => {
    const { lines, code } = await list([folder.file('tapes')])
    const rows = lines.map((line) => line.replace(`${folder.path}/tapes/`, '').replaceAll(/ {2,}/g, ' | '))
    expect(code).toBe(0)
    expect(rows.toSpliced(1, 1)).toEqual([
      'cassette | endpoint | model | stream | status | in | out | cost | age',
      'a.yaml:1 | POST /v1/chat/completions | gpt-4o | no | 200 | 1,000 | 500 | $0.007500 | 1d',
      'a.yaml:2 | POST /v1/chat/completions | gpt-4o | yes | 200 | - | - | - | 1d',
      'b.yaml:1 | GET /v1/models | - | no | 404 | - | - | - | 1d',
      '',
      '3 interactions in 2 cassettes; recorded for ≥$0.007500.',
      ''
    ])
  }))

describe('on a terminal', () => {
  it.each([40, 60, 80, 100])('of %i columns, no line is longer, and names and endpoints stay', (columns) =>
    withCassettes(async (folder) => {
      const { lines } = await list([folder.file('tapes')], { columns })
      const table = lines.slice(0, 5)
      expect(Math.max(...table.map(({ length }) => length))).toBeLessThanOrEqual(Math.max(columns, 50))
      expect(table[2]).toMatch(/a\.yaml:1 .*POST \/v1\/chat\/completions/)
    })
  )

  it('has colours where they are seen, and nowhere else', () =>
    withCassettes(async (folder) => {
      expect((await list([folder.file('tapes')], { columns: 200, color: true })).out).toContain('\u001b[1m')
      expect((await list([folder.file('tapes')], { columns: 200 })).out).not.toContain('\u001b')
    }))
})

it('gives JSON', () =>
  withCassettes(async (folder) => {
    const { out } = await list([folder.file('tapes', 'a.yaml')], { json: true })
    expect((JSON.parse(out) as { interactions: unknown[] }).interactions[0]).toEqual({
      file: folder.file('tapes', 'a.yaml'),
      number: 1,
      line: 5,
      ms: 12,
      endpoint: 'POST /v1/chat/completions',
      model: 'gpt-4o',
      stream: false,
      status: 200,
      usage: { inputTokens: 1000, outputTokens: 500 },
      usd: 0.0075,
      isPriceWhole: true,
      recorded: '2026-11-24T09:00:00.000Z'
    })
  }))

describe('the column "used"', () => {
  const entry = (cassette: string, more: object = {}): string =>
    `${JSON.stringify({ time: '2026-11-24T10:00:00Z', provider: 'openai', source: 'tape', outcome: 'complete', cassette, endpoint: 'POST /v1/chat/completions', model: 'gpt-4o', request: {}, ...more })}\n`

  const used = async (folder: TemporaryFolder, ...entries: readonly string[]): Promise<unknown[]> => {
    await writeFile(folder.file('log'), entries.join(''))
    const { out } = await list([folder.file('tapes')], { log: folder.file('log'), json: true })
    return (JSON.parse(out) as { interactions: { used: string }[] }).interactions.map((one) => one.used)
  }

  it('says no more than the log knows: which of two alike was played, it does not', () =>
    withCassettes(async (folder) => {
      expect(await used(folder, entry(folder.file('tapes', 'a.yaml')))).toEqual(['maybe', 'maybe', 'no'])
      const get = { endpoint: 'GET /v1/models', model: undefined }
      expect(await used(folder, entry(folder.file('tapes', 'b.yaml'), get))).toEqual(['no', 'no', 'yes'])
    }))

  it('counts neither live calls nor misses', () =>
    withCassettes(async (folder) => {
      const file = folder.file('tapes', 'a.yaml')
      expect(await used(folder, entry(file, { source: 'upstream' }), entry(file, { error: { code: 'x' } }))).toEqual([
        'no',
        'no',
        'no'
      ])
    }))

  it('is an error where there is no log', () =>
    withCassettes(async (folder) => {
      await expect(list([folder.file('tapes')], { log: true })).rejects.toThrow('LOG_FILE is false')
      await expect(list([folder.file('tapes')], { log: folder.file('none') })).rejects.toThrow('Cannot read the log')
    }))
})

describe('through the command line', () => {
  let program: string
  beforeAll(() => {
    program = buildCommand('cassettes-list-test')
  })

  it('lists recordings/ where nothing is named; a broken cassette is one clear line', async () => {
    await using folder = await temporaryFolder()
    await mkdir(folder.file('recordings'))
    await writeCassette(folder.file('recordings', 'a.yaml'), chatted('one', 'Yes.'))
    const good = await runCommand(program, ['cassettes', 'list'], { cwd: folder.path })
    expect([good.code, good.stderr, good.stdout.split('\n')[2]]).toEqual([
      0,
      '',
      expect.stringMatching(/^recordings\/a\.yaml:1 {2}POST/)
    ])
    await writeFile(folder.file('recordings', 'a.yaml'), 'cassette: 1\n---\nrequest: {}\nrecorded: {at: x, ms: 1}\n')
    const bad = await runCommand(program, ['cassettes', 'list'], { cwd: folder.path })
    expect([bad.code, bad.stdout, bad.stderr.split('\n').length]).toEqual([2, '', 2])
    expect(bad.stderr).toContain('recordings/a.yaml')
  })

  it.each(['list', 'show', 'diff', 'prune', 'refresh'])('%s has help with examples', async (name) => {
    const { code, stdout } = await runCommand(program, ['cassettes', name, '--help'], { cwd: '/' })
    expect(code).toBe(0)
    expect(stdout).toContain(`Examples:\n  openai-proxy cassettes ${name}`)
    expect(stdout).toContain('--json')
  })

  it('refuses an age or a price that is none', async () => {
    const run = (...args: readonly string[]) => runCommand(program, ['cassettes', 'refresh', ...args], { cwd: '/' })
    expect([(await run('--older-than', 'soon')).code, (await run('--older-than', '3d', '--max-cost', 'x')).code]).toEqual([2, 2])
  })
})
