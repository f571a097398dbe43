/** The command line as a person uses it: help, wrong arguments, start, signals. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { beforeAll, describe, expect, it } from 'vitest'
import { SETTINGS } from '../../src/config/settings.ts'
import { canary, findCanary } from '../support/canary.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { buildCommand, runCommand, startCommand, type Result, type RunOptions } from './command.ts'

let program: string
beforeAll(() => {
  program = buildCommand('cli-test')
})

const run = (args: readonly string[], options: RunOptions): Promise<Result> => runCommand(program, args, options)
const VERSION = (JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string })
  .version

const CASSETTE = [
  '# openai-proxy cassette',
  'cassette: 1',
  '---',
  'key: 0123456789abcdef',
  'request:',
  '  method: POST',
  '  url: https://api.openai.com/v1/chat/completions',
  '  headers:',
  '    content-type: application/json',
  '  body:',
  '    json: {model: gpt-4o, messages: [{role: user, content: Say hi}]}',
  'response:',
  '  status: 200',
  '  headers: {content-type: application/json}',
  '  body:',
  '    json: {id: chatcmpl-1, object: chat.completion}',
  '  timing: 1',
  'recorded: {at: 2026-11-23T09:00:00Z, ms: 2}',
  ''
].join('\n')

describe('help and version', () => {
  it('--help tells every flag, every setting, and how to use them', async () => {
    await using folder = await temporaryFolder()
    const { code, stdout, stderr } = await run(['--help'], { cwd: folder.path })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const { flag, variable } of SETTINGS) {
      if (flag !== undefined) expect(stdout).toContain(`  ${flag} `)
      if (variable !== undefined) expect(stdout).toContain(variable)
    }
    expect(stdout).toContain('openai-proxy --replay weather')
    expect(stdout).toContain("ALLOWED_MODELS='gpt-4*' MAX_TOKENS=4000 openai-proxy --port 9000 --debug")
  })

  it('--version prints the version of the package', async () => {
    await using folder = await temporaryFolder()
    expect(await run(['--version'], { cwd: folder.path })).toMatchObject({ code: 0, stdout: `${VERSION}\n`, stderr: '' })
  })

  it('load nothing that is slow to load', async () => {
    await using folder = await temporaryFolder()
    // Node lists what it loads; a broken .env is not even looked at.
    await writeFile(folder.file('.env'), 'MAX_TOKENS=lots')
    for (const flag of ['--help', '--version']) {
      const { code, stderr } = await run([flag], { cwd: folder.path, env: { NODE_DEBUG: 'esm,module' } })
      expect(code).toBe(0)
      expect(stderr).toMatch(/node_modules.commander/)
      expect(stderr).not.toMatch(/node_modules.(?:zod|yaml|undici|mockttp)|proxy\.js/)
    }
  })
})

describe('wrong arguments and settings', () => {
  it.each([
    [['--prot', '1'], "error: unknown option '--prot'\n(Did you mean --port?)"],
    [['--port'], "error: option '--port <number>' argument missing"],
    [['weather'], 'error: too many arguments'],
    [['--port', 'x'], 'openai-proxy: --port: "x" is no whole number from 0 to 65535.'],
    [['--mode', 'live', '--record'], 'openai-proxy: --mode (live) and --record contradict each other.'],
    [['--record', 'a', '--replay', 'b'], 'openai-proxy: --record and --replay name different places.'],
    [['--config', 'my.config.ts'], 'openai-proxy: --config: the file my.config.ts does not exist.'],
    [
      ['--host', '0.0.0.0'],
      'openai-proxy: --host: HOST=0.0.0.0 needs PROXY_TOKENS, since other machines can reach the proxy there'
    ],
    [['--speed=fast'], 'openai-proxy: --speed: "fast" is no speed.'],
    [['--host', ''], 'openai-proxy: --host: "" is no address to listen on.']
  ])('%j exits 2', async (args, message) => {
    await using folder = await temporaryFolder()
    const { code, stdout, stderr } = await run(args, { cwd: folder.path })
    expect(stderr).toContain(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  it('a file of variables that is missing is told (by Node 20 itself, which takes --env-file for its own flag)', async () => {
    await using folder = await temporaryFolder()
    const { code, stdout, stderr } = await run(['--env-file', 'no.env'], { cwd: folder.path })
    expect(stderr).toMatch(/openai-proxy: --env-file: the file no\.env does not exist|no\.env: not found/)
    expect([2, 9]).toContain(code)
    expect(stdout).toBe('')
  })

  it('a wrong value in a file that --env-file names is told under that name', async () => {
    await using folder = await temporaryFolder()
    await writeFile(folder.file('my.env'), 'MAX_TOKENS=lots\nALOWED_MODELS=x\n')
    const { code, stderr } = await run(['--env-file', 'my.env'], { cwd: folder.path })
    expect(stderr).toBe(
      'openai-proxy: ALOWED_MODELS in my.env: no setting has this name, did you mean ALLOWED_MODELS?\n' +
        'openai-proxy: MAX_TOKENS in my.env: "lots" is no whole number from 1 to 1000000000.\n'
    )
    expect(code).toBe(2)
  })

  it('are told all at once, and no key is shown', async () => {
    await using folder = await temporaryFolder()
    const key = canary('openaiProject')
    await writeFile(folder.file('.env'), `OPENAI_API_KEY="${key}\nnext"\nMAX_TOKENS=${key}\nALOWED_MODELS=gpt-4*\n`)
    await writeFile(folder.file('openai-proxy.config.yaml'), 'maxToken: 4\n')
    const { code, stderr } = await run([], { cwd: folder.path, env: { RATE_LIMIT: 'x' } })
    expect(code).toBe(2)
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => line.split(': ').slice(0, 2).join(': '))
    ).toEqual([
      'openai-proxy: ALOWED_MODELS in .env',
      'openai-proxy: openai-proxy.config.yaml',
      'openai-proxy: OPENAI_API_KEY in .env',
      'openai-proxy: MAX_TOKENS in .env',
      'openai-proxy: RATE_LIMIT in the environment'
    ])
    expect(findCanary(stderr, key)).toEqual([])
  })
})

describe('start', () => {
  it('prints what is in force and how to reach it, answers, logs, and ends in good order', { timeout: 20_000 }, async () => {
    await using folder = await temporaryFolder()
    const key = canary('openai')
    await writeFile(folder.file('.env'), `OPENAI_API_KEY=${key}\nALLOWED_MODELS=gpt-4*\nRATE_LIMIT=60\n`)
    await mkdir(folder.file('recordings'))
    await writeFile(folder.file('recordings', 'weather.yaml'), CASSETTE)
    const running = startCommand(program, ['--port', '0', '--replay', 'weather'], {
      cwd: folder.path,
      env: { ALLOWED_MODEL: 'x' }
    })
    const shown = await running.until('ANTHROPIC_BASE_URL=')
    const url = /address +(\S+)/.exec(shown)![1]!
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(shown.split('\n').map((line) => line.trim().replace(/ {2,}/g, ': '))).toEqual([
      `openai-proxy ${VERSION}`,
      'mode: replay, cassette recordings/weather.yaml',
      `address: ${url}`,
      'rules: allowed models: gpt-4*',
      'unknown endpoints: refused',
      'rate: at most 60 requests a minute',
      'log: logs/api-firewall.log (level INFO, lengths of texts only)',
      'OpenAI key: from OPENAI_API_KEY in .env',
      "Anthropic key: none: the client's own is used",
      'Point clients at it:',
      `export OPENAI_BASE_URL=${url}/v1`,
      `export ANTHROPIC_BASE_URL=${url}`,
      ''
    ])
    const ask = (content: string): Promise<Response> => {
      const body = JSON.stringify({ messages: [{ content, role: 'user' }], model: 'gpt-4o' })
      return fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body
      })
    }
    expect(await (await ask('Say hi')).json()).toEqual({ id: 'chatcmpl-1', object: 'chat.completion' })
    expect((await ask('Say something else')).status).toBe(404)
    running.process.kill('SIGTERM')
    const { code, stdout, stderr } = await running.ended
    expect(code).toBe(0)
    expect(stderr).toContain(
      'openai-proxy: warning: ALLOWED_MODEL in the environment: no setting has this name, did you mean ALLOWED_MODELS? It is not in force.'
    )
    const log = await readFile(folder.file('logs', 'api-firewall.log'), 'utf8')
    const entries = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { source: string; status: number })
    expect(entries.map(({ source, status }) => [source, status])).toEqual([
      ['tape', 200],
      ['proxy', 404]
    ])
    expect(log).not.toMatch(/Say hi|something else/)
    for (const written of [stdout, stderr, log]) expect(findCanary(written, key)).toEqual([])
  })

  it('--debug shows exchanges on the console', { timeout: 20_000 }, async () => {
    await using folder = await temporaryFolder()
    await writeFile(folder.file('tape.yaml'), CASSETTE)
    const running = startCommand(program, ['--port=0', '--debug', '--replay', './tape.yaml'], {
      cwd: folder.path,
      env: { LOG_FILE: 'false' }
    })
    const url = /address +(\S+)/.exec(await running.until('ANTHROPIC_BASE_URL='))![1]!
    const body = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Say hi' }] })
    await (
      await fetch(`${url}/openai/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    ).text()
    await running.until('■')
    // What is refused before it can be read is shown as whole: its answer too.
    await (
      await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{bad' })
    ).text()
    await running.until('✗ invalid_json')
    running.process.kill('SIGINT')
    const { code, stdout } = await running.ended
    expect(code).toBe(0)
    expect(stdout).toMatch(/^\w{6} → POST \/v1\/chat\/completions openai$/m)
    expect(stdout).toContain('"content": "Say hi"')
    expect(stdout).toMatch(/^\w{6} ← 200 tape \d+ ms$/m)
    expect(stdout).toContain('"id": "chatcmpl-1"')
    expect(stdout).toMatch(/^\w{6} \{bad\n\w{6} ← 400 proxy \d+ ms$/m)
    expect(stdout).toMatch(/^\w{6} {5}"code": "invalid_json"$/m)
    expect(stdout).toMatch(/■ \d+ ms, [1-9]\d* bytes\n$/)
    expect(stdout).toContain('log            none')
  })

  it('says that CI turned recording into replaying', { timeout: 20_000 }, async () => {
    await using folder = await temporaryFolder()
    await writeFile(folder.file('tape.yaml'), CASSETTE)
    const running = startCommand(program, ['--port=0', '--record', './tape.yaml', '--replay'], {
      cwd: folder.path,
      env: { CI: 'true', LOG_FILE: 'false' }
    })
    const shown = await running.until('ANTHROPIC_BASE_URL=')
    expect(shown).toMatch(/mode +replay, cassette tape\.yaml \(CI is set, which turns auto into replay\)/)
    running.process.kill('SIGTERM')
    expect((await running.ended).code).toBe(0)
  })

  it('fails with one line and exit code 1: port in use, log that cannot be written', { timeout: 20_000 }, async () => {
    await using folder = await temporaryFolder()
    await writeFile(folder.file('plain'), '')
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const port = String((taken.address() as AddressInfo).port)
    const cases = [
      [['--port', port], {}, `Port ${port} is already in use`],
      [
        ['--port', '0'],
        { LOG_FILE: 'plain/x.log' },
        'Cannot write the log plain/x.log: a part of its path is no folder. Set LOG_FILE'
      ],
      [['--port', '0'], { LOG_FILE: 'plain/a/b/x.log' }, 'Cannot write the log plain/a/b/x.log: a part of its path is no folder']
    ] as const
    for (const [args, env, message] of cases) {
      const { code, stdout, stderr } = await run(args, { cwd: folder.path, env })
      expect(stderr).toContain(`${message}`)
      expect(stderr.trimEnd().split('\n')).toHaveLength(1)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    }
    await new Promise((resolve) => taken.close(resolve))
  })

  it.each([
    ['--replay: ', ['--replay', 'nowhere'], {}, 'recordings/nowhere.yaml'],
    ['--replay: ', ['--replay'], {}, 'recordings/default.yaml'],
    ['OPENAI_PROXY_REPLAY in .env: ', [], { '.env': 'OPENAI_PROXY_REPLAY=away.yaml' }, 'away.yaml']
  ])(
    'a cassette that is missing is a wrong setting, exit code 2: %s%j',
    { timeout: 20_000 },
    async (label, args, files, name) => {
      await using folder = await temporaryFolder()
      // Another cassette beside it is no cassette of that name.
      await mkdir(folder.file('recordings'))
      await writeFile(folder.file('recordings', 'weather.yaml'), CASSETTE)
      for (const [file, text] of Object.entries(files)) await writeFile(folder.file(file), text)
      const { code, stdout, stderr } = await run([...args, '--port=0'], { cwd: folder.path })
      expect(stderr).toBe(
        `openai-proxy: ${label}The cassette ${name} does not exist, and replay never calls the network. ` +
          'Record it first (--record, or mode "record"), or name another.\n'
      )
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    }
  )

  it('a folder that holds no cassette is a wrong setting, too', { timeout: 20_000 }, async () => {
    await using folder = await temporaryFolder()
    await mkdir(folder.file('empty'))
    const { code, stdout, stderr } = await run(['--replay', 'empty/', '--port=0'], { cwd: folder.path })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toBe(
      'openai-proxy: --replay: The folder empty/ holds no cassette, and replay never calls the network. ' +
        'Record one first (--record empty/, or mode "record"), or name another.\n'
    )
  })

  it(
    'a folder answers from all its cassettes, or from the one that a base URL names; money in force is told',
    { timeout: 20_000 },
    async () => {
      await using folder = await temporaryFolder()
      await mkdir(folder.file('tapes'))
      await writeFile(folder.file('tapes', 'weather.yaml'), CASSETTE)
      const running = startCommand(program, ['--port=0', '--replay', 'tapes/'], {
        cwd: folder.path,
        env: { LOG_FILE: 'false', BUDGET: '5/day,200000 tokens/hour', BUDGET_ZONE: 'Europe/Berlin' }
      })
      const shown = await running.until('ANTHROPIC_BASE_URL=')
      expect(shown).toMatch(/^ {2}mode +replay, cassettes in tapes\/$/m)
      expect(shown).toMatch(
        /^ {2}rules +unknown endpoints: refused\n +budget: 5 USD a day \(Europe\/Berlin\)\n +budget: 200000 tokens a hour\n +models without a price: refused\n {2}ledger/m
      )
      expect(shown).toMatch(/^ {2}ledger +logs\/ledger\.journal$/m)
      const url = /address +(\S+)/.exec(shown)![1]!
      const body = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Say hi' }] })
      const ask = async (path: string): Promise<[number, string]> => {
        const response = await fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
        return [response.status, await response.text()]
      }
      expect((await ask('/~/weather/v1/chat/completions'))[0]).toBe(200)
      expect((await ask('/v1/chat/completions'))[0]).toBe(200)
      expect(await ask('/~/none/v1/chat/completions')).toEqual([
        404,
        expect.stringContaining('The cassette tapes/none.yaml does not exist')
      ])
      running.process.kill('SIGTERM')
      expect((await running.ended).code).toBe(0)
    }
  )

  it.each([
    ['one signal', ['SIGTERM'], [0], { status: 503 }],
    ['a second signal, at once,', ['SIGTERM', 'SIGINT'], [130, 143], { message: 'fetch failed' }]
  ] as const)('%s ends it, though a client still waits', { timeout: 20_000 }, async (_, signals, codes, told) => {
    await using folder = await temporaryFolder()
    const silent = createServer()
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const upstream = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/v1`
    const env = { OPENAI_API_BASE_URL: upstream, DRAIN_TIMEOUT: '1' }
    const running = startCommand(program, ['--port=0'], { cwd: folder.path, env })
    const shown = await running.until('ANTHROPIC_BASE_URL=')
    expect(shown).toMatch(new RegExp(`OpenAI at +${upstream}`))
    const reached = new Promise<Socket>((resolve) => silent.once('connection', resolve))
    const waiting = fetch(`${/address +(\S+)/.exec(shown)![1]!}/v1/models`).catch((error: unknown) => error)
    const socket = await reached
    socket.on('error', () => undefined).resume()
    for (const signal of signals) running.process.kill(signal)
    const { code, signal } = await running.ended
    expect(codes).toContain(code)
    expect(signal).toBeNull()
    expect(await waiting).toMatchObject(told)
    socket.destroy()
    await new Promise((resolve) => silent.close(resolve))
  })
})

describe('faults', () => {
  it('are named at start with their seeds, strike, and are told in the log', async () => {
    await using folder = await temporaryFolder()
    await writeFile(folder.file('cassette.yaml'), CASSETTE)
    const args = [
      '--port',
      '0',
      '--replay',
      './cassette.yaml',
      '--fault',
      'nth=1: status=529',
      '--fault',
      'nth=2: status=429,retry-after=3'
    ]
    const proxy = startCommand(program, [...args, '--fault-seed', '7'], { cwd: folder.path })
    const lines = await proxy.until('Point clients at it')
    expect(lines).toContain(
      '  faults         nth=1: status=529 (seed 7)\n                 nth=2: status=429,retry-after=3 (seed 8)\n'
    )
    const [, url] = /address +(\S+)/.exec(lines)!
    const ask = (): Promise<Response> => fetch(`${url}/v1/models`)
    expect((await ask()).status).toBe(529)
    const limited = await ask()
    expect([limited.status, limited.headers.get('retry-after'), limited.headers.get('x-openai-proxy-source')]).toEqual([
      429,
      '3',
      'proxy'
    ])
    proxy.process.kill('SIGTERM')
    expect(await proxy.ended).toMatchObject({ code: 0 })
    const log = (await readFile(folder.file('logs', 'api-firewall.log'), 'utf8')).trim().split('\n')
    expect(log.map((line) => (JSON.parse(line) as { fault?: string }).fault)).toEqual([
      'status 529 (seed 7)',
      'status 429 (seed 8)'
    ])
  })

  it('that are none are a wrong setting', async () => {
    await using folder = await temporaryFolder()
    const { code, stderr } = await run(['--fault', 'modle=gpt-4o: status=429'], { cwd: folder.path })
    expect(code).toBe(2)
    expect(stderr).toContain('--fault: modle is no field of such a fault. Write it like model=gpt-4o,nth=2: status=429')
  })
})
