/** `openai-proxy cassettes import`: what comes in, what stays out and why, and that nothing half-made or secret is written. */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { type Result, runHere } from '../cli/command.ts'
import { canary, findCanary } from '../support/canary.ts'
import { recordingPath } from '../support/real-exchanges.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'

const run = (folder: TemporaryFolder, args: readonly string[], env: Record<string, string> = {}): Promise<Result> =>
  runHere(['cassettes', 'import', ...args], { cwd: folder.path, env })

/** A cassette of VCR.py, in its JSON. */
function vcr(
  ...exchanges: readonly { readonly ask: string; readonly answer?: string; readonly headers?: object; readonly uri?: string }[]
): string {
  const interactions = exchanges.map(
    ({ ask, answer = '{"ok":true}', headers = {}, uri = 'https://api.openai.com/v1/chat/completions' }) => ({
      request: {
        method: 'POST',
        uri,
        body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: ask }] }),
        headers: { 'Content-Type': ['application/json'], ...headers }
      },
      response: {
        status: { code: 200, message: 'OK' },
        headers: { 'Content-Type': ['application/json'] },
        body: { string: answer }
      }
    })
  )
  return JSON.stringify({ version: 1, interactions }, null, 1)
}

async function withFile(text: string, use: (folder: TemporaryFolder) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder()
  await writeFile(folder.file('chat.json'), text)
  await use(folder)
}

describe('a file', () => {
  it('becomes a cassette, and is told of in a table', () =>
    withFile(vcr({ ask: 'one' }, { ask: 'two', uri: 'https://api.groq.com/openai/v1/chat/completions' }), async (folder) => {
      const { code, stdout, stderr } = await run(folder, ['chat.json', '--to', 'out'])
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const lines = stdout.split('\n')
      expect(lines[0]).toBe('file       format  in  out  endpoint                   model   notes')
      expect(lines[2]).toBe('chat.json  VCR.py   2    0  POST /v1/chat/completions  gpt-4o  from api.groq.com')
      expect(stdout).toContain('\n2 exchanges in 1 cassette in out.\n')
      const cassette = await readFile(folder.file('out', 'chat.yaml'), 'utf8')
      expect(cassette.match(/^ {10}content: .*$/gm)).toEqual(['          content: one', '          content: two'])
      expect(await readdir(folder.file('out'))).toEqual(['chat.yaml'])
    }))

  it('is told of as JSON', () =>
    withFile(vcr({ ask: 'one' }), async (folder) => {
      const { code, stdout } = await run(folder, ['chat.json', '--to', 'out', '--json'])
      expect(code).toBe(0)
      expect(JSON.parse(stdout)).toEqual({
        imported: 1,
        leftOut: 0,
        files: [
          {
            file: 'chat.json',
            format: 'VCR.py',
            cassette: 'out/chat.yaml',
            exchanges: [{ line: 4, provider: 'openai', endpoint: 'POST /v1/chat/completions', model: 'gpt-4o', notes: [] }],
            leftOut: []
          }
        ]
      })
    }))

  it('that has a cassette already is left alone, until that is asked for', () =>
    withFile(vcr({ ask: 'new' }), async (folder) => {
      await mkdir(folder.file('out'))
      await writeFile(folder.file('out', 'chat.yaml'), 'mine')
      const first = await run(folder, ['chat.json', '--to', 'out'])
      expect(first.code).toBe(1)
      expect(first.stdout).toContain(
        'chat.json:1: out/chat.yaml exists. Name another folder with --to, or replace it with --overwrite'
      )
      expect(await readFile(folder.file('out', 'chat.yaml'), 'utf8')).toBe('mine')
      expect((await run(folder, ['chat.json', '--to', 'out', '--overwrite'])).code).toBe(0)
      expect(await readFile(folder.file('out', 'chat.yaml'), 'utf8')).toContain('content: new')
      expect(await readdir(folder.file('out'))).toEqual(['chat.yaml'])
    }))

  it('keeps large bytes beside its cassette', async () => {
    await using folder = await temporaryFolder()
    const { code } = await run(folder, [
      recordingPath('alexrudall__ruby-openai/spec/fixtures/cassettes/audio_whisper-1_transcribe.yml'),
      '--to',
      'out'
    ])
    expect(code).toBe(0)
    expect(await readdir(folder.file('out'))).toEqual(['audio_whisper-1_transcribe.files', 'audio_whisper-1_transcribe.yaml'])
    expect(await readdir(folder.file('out', 'audio_whisper-1_transcribe.files'))).toHaveLength(1)
  })
})

describe('secrets', () => {
  it('are placeholders in what comes in, also where a later request shows that they are some', () => {
    const [key, plain, own] = [canary('openai'), canary('plain'), canary('plain', 'own')]
    const text = vcr(
      { ask: `say ${plain}`, answer: JSON.stringify({ said: plain, own }) },
      { ask: 'hi', headers: { Authorization: [`Bearer ${plain}`], 'X-Api-Key': [key], Cookie: ['a=b'] } }
    )
    return withFile(text, async (folder) => {
      const { code, stdout, stderr } = await run(folder, ['chat.json', '--to', 'out'], { OPENAI_API_KEY: own })
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const cassette = await readFile(folder.file('out', 'chat.yaml'), 'utf8')
      expect(cassette).toContain('content: say <api-key:1>')
      expect(cassette).toContain('said: <api-key:1>')
      expect(cassette).toContain('own: <openai-key:')
      for (const secret of [key, plain, own]) for (const text of [cassette, stdout]) expect(findCanary(text, secret)).toEqual([])
    })
  })
})

describe('what does not come in', () => {
  it('is told with file, line and reason; the rest comes in', () =>
    withFile(vcr({ ask: 'one' }, { ask: 'two', uri: 'ftp://a.test/' }, { ask: 'three' }), async (folder) => {
      const { code, stdout } = await run(folder, ['chat.json', '--to', 'out'])
      expect(code).toBe(1)
      expect(stdout).toMatch(/What did not come in:\n {2}chat\.json:\d+: its address begins with ftp:, not with https:\n/)
      expect(stdout).toContain('2 exchanges in 1 cassette in out; 1 left out.')
    }))

  it.each([
    [
      'interactions:\n- !!python/object/apply:os.system [x]\n',
      'chat.json:2: the tag !!python/object/apply:os.system asks for more than data'
    ],
    ['{"log":\n', 'chat.json:2: this is no valid JSON'],
    ['{"a":1}', 'chat.json:1: it is no recording of VCR.py'],
    ['cassette: 1\n---\n', 'chat.json:1: it is a cassette of openai-proxy already']
  ])('%j makes no cassette', (text, told) =>
    withFile(text, async (folder) => {
      const { code, stdout } = await run(folder, ['chat.json', '--to', 'out'])
      expect(code).toBe(1)
      expect(stdout).toContain(told)
      expect(await readdir(folder.file('out'))).toEqual([])
    })
  )

  it('is nothing that never ends', async () => {
    await using folder = await temporaryFolder()
    const { code, stdout } = await run(folder, ['/dev/zero', '--to', 'out'])
    expect(code).toBe(1)
    expect(stdout).toContain('/dev/zero:1: it is neither a file nor a folder')
  })

  it('cannot paint the terminal', () =>
    withFile(vcr({ ask: 'one', uri: 'https://a.test/%1b[31m' }).replace('gpt-4o', '\\u001b[31mred'), async (folder) => {
      const { stdout } = await run(folder, ['chat.json', '--to', 'out'])
      // eslint-disable-next-line no-control-regex -- control characters are what is looked for
      expect(stdout).not.toMatch(/\u001b/)
    }))
})

describe('a folder', () => {
  it('is searched for recordings; what is none is passed over, what is broken is told', async () => {
    await using folder = await temporaryFolder()
    await mkdir(folder.file('tests', 'a'), { recursive: true })
    await mkdir(folder.file('tests', 'b'))
    await writeFile(folder.file('tests', 'a', 'same.yaml'), vcr({ ask: 'a' }))
    await writeFile(folder.file('tests', 'b', 'same.yaml'), vcr({ ask: 'b' }))
    await writeFile(folder.file('tests', 'package.json'), '{"name":"x"}')
    await writeFile(folder.file('tests', 'notes.txt'), 'hello')
    const whole = await run(folder, ['tests', '--to', 'out'])
    expect([whole.code, whole.stderr]).toEqual([0, ''])
    expect(await readdir(folder.file('out'))).toEqual(['a-same.yaml', 'b-same.yaml'])
    await writeFile(folder.file('tests', 'broken.har'), '{"log":')
    const broken = await run(folder, ['tests', '--to', 'out', '--overwrite'])
    expect(broken.code).toBe(1)
    expect(broken.stdout).toContain('tests/broken.har:1: this is no valid JSON')
    expect(broken.stdout).toContain('2 exchanges in 2 cassettes in out; 1 file not read.')
  })

  it('without any is an error', async () => {
    await using folder = await temporaryFolder()
    const { code, stderr } = await run(folder, ['.', '--to', 'out'])
    expect(code).toBe(2)
    expect(stderr).toContain('Nothing in . is a recording')
  })
})

describe('the arguments', () => {
  it.each([
    [['missing.yaml', '--to', 'out'], 'missing.yaml does not exist'],
    [['chat.json'], "required option '--to <folder>'"],
    [['--to', 'out'], "missing required argument 'files'"],
    [['chat.json', '--to', 'chat.json'], 'Cannot write to chat.json'],
    [['chat.json', '--to', 'out', '--as', 'har'], "unknown option '--as'"]
  ])('%j', (args, told) =>
    withFile(vcr({ ask: 'one' }), async (folder) => {
      const { code, stderr } = await run(folder, args)
      expect(code).toBe(2)
      expect(stderr).toContain(told)
    })
  )

  it('have help, with examples', async () => {
    await using folder = await temporaryFolder()
    const { code, stdout } = await run(folder, ['--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('openai-proxy cassettes import session.har --to recordings')
    expect(stdout).toContain('Exits 0 where everything came in')
    const group = await runHere(['cassettes'], { cwd: folder.path })
    expect([group.code, group.stderr]).toEqual([2, expect.stringMatching(/import[\s\S]*export/) as string])
  })
})
