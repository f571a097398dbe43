/** `openai-proxy cost`: the sums, by what they are made, and what a log that is no good log does. */
import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { type Result, runHere } from '../cli/command.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'

const cost = (folder: TemporaryFolder, args: readonly string[] = [], env: Record<string, string> = {}): Promise<Result> =>
  runHere(['cost', ...args], { cwd: folder.path, env })

const entry = (given: object): string =>
  `${JSON.stringify({
    time: '2026-11-23T09:00:00.000Z',
    provider: 'openai',
    model: 'gpt-4o',
    source: 'upstream',
    outcome: 'complete',
    status: 200,
    usage: { inputTokens: 100, outputTokens: 10 },
    request: { method: 'POST', path: '/v1/chat/completions' },
    ...given
  })}\n`

const usd = (amount: number, complete = true): object => ({ cost: { usd: amount, complete } })

const LOG = [
  entry({ ...usd(0.1), caller: 'app' }),
  entry({ ...usd(0.2), caller: 'app', cassette: 'recordings/weather.yaml' }),
  entry({ ...usd(1.5), time: '2026-11-22T23:59:59.999Z', model: 'o3' }),
  entry({ ...usd(0.25), source: 'tape', cassette: 'recordings/weather.yaml' }),
  entry({ ...usd(9), source: 'proxy', outcome: 'refused', status: 403 })
].join('')

async function rows(log: string, by: string): Promise<unknown> {
  await using folder = await temporaryFolder()
  await writeFile(folder.file('api.log'), log)
  const { code, stdout, stderr } = await cost(folder, ['--log', 'api.log', '--by', by, '--json'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return (JSON.parse(stdout) as { rows: { name: string; spentUsd: number; savedUsd: number }[] }).rows.map(
    ({ name, spentUsd, savedUsd }) => [name, spentUsd, savedUsd]
  )
}

describe('the sums', () => {
  it.each([
    [
      'day',
      [
        ['2026-11-22', 1.5, 0],
        ['2026-11-23', 0.3, 0.25]
      ]
    ],
    [
      'model',
      [
        ['gpt-4o', 0.3, 0.25],
        ['o3', 1.5, 0]
      ]
    ],
    [
      'token',
      [
        ['(no token)', 1.5, 0.25],
        ['app', 0.3, 0]
      ]
    ],
    [
      'cassette',
      [
        ['(no cassette)', 1.6, 0],
        ['recordings/weather.yaml', 0.2, 0.25]
      ]
    ]
  ])('by %s are exact, leave out what the proxy answered, and keep apart what was saved', async (by, expected) => {
    expect(await rows(LOG, by)).toEqual(expected)
  })

  it('are a table for people', async () => {
    await using folder = await temporaryFolder()
    await writeFile(folder.file('api.log'), LOG)
    const { stdout } = await cost(folder, ['--log', 'api.log'])
    expect(stdout).toBe(
      [
        'day         calls  input tokens  output tokens  spent USD  replayed  saved USD  unpriced',
        '----------------------------------------------------------------------------------------',
        '2026-11-22      1           100             10     1.5000         0     0.0000         0',
        '2026-11-23      2           200             20     0.3000         1     0.2500         0',
        '----------------------------------------------------------------------------------------',
        'total           3           300             30     1.8000         1     0.2500         0',
        ''
      ].join('\n')
    )
  })

  it('never drift: ten thousand tenths of a cent are ten dollars', async () => {
    expect(await rows(entry(usd(0.001)).repeat(10_000), 'day')).toEqual([['2026-11-23', 10, 0]])
  })

  it('say what has no price: unknown is not free', async () => {
    await using folder = await temporaryFolder()
    await writeFile(
      folder.file('api.log'),
      [
        entry({ model: 'no-such-model' }),
        entry(usd(0.1, false)),
        entry({ ...usd(0.1), usage: { inputTokens: 1, partial: true } }),
        entry({ usage: undefined }),
        entry({ usage: undefined, model: undefined }),
        entry({ usage: undefined, status: 500 })
      ].join('')
    )
    const { stdout } = await cost(folder, ['--log', 'api.log'])
    expect(stdout).toContain('4 answered calls have no known price, or one for a part only: the true cost is higher.')
  })

  it('price an entry that was logged without a price by the list, as of its day', async () => {
    const million = { usage: { inputTokens: 1_000_000, outputTokens: 0 } }
    expect(await rows(entry({ ...million, model: 'gpt-4o' }), 'model')).toEqual([['gpt-4o', 2.5, 0]])
  })
})

describe('the log', () => {
  it('is the one that the settings name, with the older files beside it', async () => {
    await using folder = await temporaryFolder()
    await writeFile(folder.file('my.log'), entry(usd(1)))
    await writeFile(folder.file('my.log.1'), entry(usd(2)))
    await writeFile(folder.file('my.log.2'), entry({ ...usd(4), time: '2026-11-20T00:00:00Z' }))
    const { stdout } = await cost(folder, ['--json'], { LOG_FILE: 'my.log' })
    expect(JSON.parse(stdout)).toMatchObject({ by: 'day', total: { calls: 3, spentUsd: 7 }, unreadableLines: 0 })
  })

  it('may have lines that are no entries: they are told, and not counted', async () => {
    await using folder = await temporaryFolder()
    await writeFile(folder.file('api.log'), `${entry(usd(1))}{"time":"2026\nnull\n[]\n"x"\n\n${entry(usd(1))}`)
    const { code, stdout, stderr } = await cost(folder, ['--log', 'api.log', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ total: { spentUsd: 2 }, unreadableLines: 4 })
    expect(stderr).toBe('openai-proxy: 4 lines of api.log are no log entries and are not counted.\n')
    expect(code).toBe(0)
  })

  it('without calls says so', async () => {
    await using folder = await temporaryFolder()
    await writeFile(folder.file('api.log'), '')
    expect((await cost(folder, ['--log', 'api.log'])).stdout).toBe('No calls in the log.\n')
  })

  it.each([
    [['--log', 'none.log'], {}, 'Cannot read the log none.log: it does not exist. Name another with --log, or set LOG_FILE.'],
    [[], { LOG_FILE: 'false' }, 'There is no log: LOG_FILE is false. Name one with --log.'],
    [['--by', 'moon'], {}, 'Allowed choices are day, model, token, cassette'],
    [['--record'], {}, '--record is for a proxy that is to start, not for this command.']
  ])('%j %j exits 2', async (args, env, message) => {
    await using folder = await temporaryFolder()
    const { code, stdout, stderr } = await cost(folder, args, env)
    expect(stderr).toContain(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  it('cannot write to the terminal', async () => {
    await using folder = await temporaryFolder()
    await writeFile(folder.file('api.log'), entry({ ...usd(1), model: '\u001b]0;owned\u0007\u202ex' }))
    const { stdout } = await cost(folder, ['--log', 'api.log', '--by', 'model'])
    // eslint-disable-next-line no-control-regex -- they are what is looked for
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
  })
})

it('--help of both commands answers without loading anything slow', async () => {
  await using folder = await temporaryFolder()
  for (const name of ['cost', 'check']) {
    const { code, stdout, stderr } = await runHere([name, '--help'], {
      cwd: folder.path,
      env: { NODE_DEBUG: 'esm,module' }
    })
    expect(stdout).toContain(`Usage: openai-proxy ${name}`)
    expect(stderr).not.toMatch(/node_modules.(?:zod|yaml|undici|mockttp|prom-client|@pydantic)|proxy\.js/)
    expect(code).toBe(0)
  }
})
