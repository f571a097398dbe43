/** `openai-proxy cassettes refresh`: against an upstream on loopback, through the whole pipeline. */
import { appendFile, mkdir, readFile, readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { refreshCassettes } from '../../src/commands/cassettes-refresh.ts'
import type { ProxySettings } from '../../src/config/options.ts'
import type { RefreshOptions } from '../../src/config/cassettes-tool.ts'
import type { Interaction } from '../../src/cassettes/interaction.ts'
import { whileLocked } from '../../src/cassettes/write-lock.ts'
import { answerOf, chat, jsonRequest, makeInteraction, openFile } from '../cassettes/make-interaction.ts'
import { buildCommand, runCommand } from '../cli/command.ts'
import { startUpstream, type Responder } from '../support/local-upstream.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'
import { getHeader } from '../../src/http/headers.ts'
import { chatted, NOW, runIn, settings, writeCassette, type Ran } from './tool-parts.ts'

const DAY = 86_400_000
const KEY = 'sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD'

const anew: Responder = async (request, response) => {
  const { messages } = JSON.parse(Buffer.from(await request.whole).toString()) as { messages: { content: string }[] }
  const said = `new: ${messages[0]!.content}`
  const usage = { prompt_tokens: 1000, completion_tokens: 500 }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({
      model: 'gpt-4o',
      choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: said } }],
      usage
    })
  )
}

interface World {
  readonly file: string
  readonly folder: TemporaryFolder
  readonly upstream: Awaited<ReturnType<typeof startUpstream>>
  refresh(options?: Partial<RefreshOptions>, answer?: boolean, more?: ProxySettings): Promise<Ran>
}

async function within(
  interactions: readonly Interaction[],
  responder: Responder,
  use: (world: World) => Promise<void>
): Promise<void> {
  await using folder = await temporaryFolder()
  await using upstream = await startUpstream(responder)
  const file = folder.file('a.yaml')
  await writeCassette(file, ...interactions)
  const refresh: World['refresh'] = (options = {}, answer, more = {}) =>
    runIn(
      (parts) =>
        refreshCassettes(
          [file],
          { olderThan: DAY / 2, yes: false, json: false, now: NOW, ...options },
          settings({ openaiApiKey: KEY, openaiApiBaseUrl: `${upstream.url}/v1`, ...more }),
          parts
        ),
      answer === undefined ? {} : { answer }
    )
  await use({ file, folder, upstream, refresh })
}

const young: Interaction = { ...chatted('young', 'y'), recorded: { at: '2026-11-25T08:00:00Z', ms: 1 } }
const said = async (file: string, ask: string): Promise<string> => await answerOf(await openFile(file), chat(ask))

it('records what is old anew, in its place, with the keys of the settings; what is young keeps every byte', () =>
  within([chatted('one', '1'), young, chatted('two', '2')], anew, async ({ file, folder, upstream, refresh }) => {
    const before = (await readFile(file, 'utf8')).split('---\n')
    const { code, questions, out, shown } = await refresh({}, true)
    expect([code, questions]).toEqual([0, ['Record 2 interactions anew for about $0.0150?']])
    expect(out).toContain(`${file}: 2 interactions recorded anew.\nSpent $0.0150`)
    expect(shown).toEqual([`1 of 2: ${file}:1 POST /v1/chat/completions`, `2 of 2: ${file}:3 POST /v1/chat/completions`, ''])
    const after = (await readFile(file, 'utf8')).split('---\n')
    expect(after).toHaveLength(4)
    expect([after[0], after[2]]).toEqual([before[0], before[2]])
    expect([after[1], after[3]].map((text) => /new: \w+/.exec(text!)?.[0])).toEqual(['new: one', 'new: two'])
    expect(upstream.requests.map(({ headers }) => getHeader(headers, 'authorization'))).toEqual([
      `Bearer ${KEY}`,
      `Bearer ${KEY}`
    ])
    expect(after.join('')).not.toContain(KEY)
    expect(await readdir(folder.path)).toEqual(['a.yaml'])
  }))

describe('the price', () => {
  it('is asked: a no sends nothing; nobody to ask is an error', () =>
    within([chatted('one', '1')], anew, async ({ upstream, refresh }) => {
      expect((await refresh({}, false)).code).toBe(1)
      await expect(refresh()).rejects.toThrow('--yes')
      expect(upstream.requests).toHaveLength(0)
    }))

  it('above --max-cost is refused, and so is one that nobody knows', () =>
    within([chatted('one', '1')], anew, async ({ upstream, refresh }) => {
      await expect(refresh({ maxCost: 0.001, yes: true })).rejects.toThrow('about $0.007500, more than --max-cost 0.001')
      expect(upstream.requests).toHaveLength(0)
    }))

  it('that nobody knows is never free', () =>
    within([makeInteraction(chat('q'))], anew, async ({ upstream, refresh }) => {
      await expect(refresh({ maxCost: 100, yes: true })).rejects.toThrow('the price of 1 call is not known')
      expect((await refresh({}, false)).questions[0]).toContain('1 call whose price nobody knows')
      expect(upstream.requests).toHaveLength(0)
    }))

  it('that grows on the way stops it, and the old cassette stays', () =>
    within(
      ['one', 'two'].map((ask) => chatted(ask, ask, { usage: { prompt_tokens: 1, completion_tokens: 1 } })),
      anew,
      async ({ file, upstream, refresh }) => {
        const before = await readFile(file)
        const { code, out } = await refresh({ maxCost: 0.001, yes: true })
        expect([code, upstream.requests.length]).toEqual([1, 1])
        expect(out).toContain('--max-cost is reached')
        expect(await readFile(file)).toEqual(before)
      }
    ))
})

describe('the old cassette stays whole', () => {
  const failing =
    (status: number): Responder =>
    async (request, response, incoming) => {
      if (Buffer.from(await request.whole).includes('"one"')) return anew(request, response, incoming)
      response.writeHead(status, { 'content-type': 'application/json', 'x-should-retry': 'false' })
      response.end('{"error":{"message":"slow down"}}')
    }

  it('where a call fails', () =>
    within([chatted('one', '1'), chatted('two', '2')], failing(429), async ({ file, folder, refresh }) => {
      const before = await readFile(file)
      const { code, out } = await refresh({ yes: true, json: true })
      expect(code).toBe(1)
      expect((JSON.parse(out) as { cassettes: object[] }).cassettes).toEqual([
        {
          file,
          isReplaced: false,
          answered: 1,
          spentUsd: 0.0075,
          failure: { number: 2, reason: expect.stringContaining('429') as string }
        }
      ])
      expect(await readFile(file)).toEqual(before)
      expect(await readdir(folder.path)).toEqual(['a.yaml'])
    }))

  it('where a rule refuses it now', () =>
    within([chatted('one', '1')], anew, async ({ file, upstream, refresh }) => {
      const before = await readFile(file)
      const { code, out } = await refresh({ yes: true }, undefined, { allowedModels: ['gpt-5*'] })
      expect([code, upstream.requests.length]).toEqual([1, 0])
      expect(out).toContain('403')
      expect(await readFile(file)).toEqual(before)
    }))

  it('where the connection breaks', () =>
    within(
      [chatted('one', '1')],
      (_request, response) => void response.destroy(),
      async ({ file, refresh }) => {
        const before = await readFile(file)
        expect((await refresh({ yes: true })).code).toBe(1)
        expect(await readFile(file)).toEqual(before)
      }
    ))
})

it('says what cannot be sent again, and leaves it as it was', () =>
  within(
    [
      chatted('my key is <openai-key:1>', '1'),
      makeInteraction(jsonRequest({ training_file: 'x' }, { url: 'https://api.openai.com/v1/fine_tuning/jobs' })),
      makeInteraction(jsonRequest({}, { url: 'https://mcp.example.com/mcp' }))
    ],
    anew,
    async ({ file, upstream, refresh }) => {
      const before = await readFile(file)
      const { code, out } = await refresh({ yes: true })
      expect(code).toBe(0)
      expect(out).toContain(`${file}:1: its request holds <openai-key:1> in place of what was redacted`)
      expect(out).toContain(`${file}:2: POST /v1/fine_tuning/jobs may leave something at the provider`)
      expect(out).toContain(`${file}:3: it went to a server that is no API`)
      expect(upstream.requests).toHaveLength(0)
      expect(await readFile(file)).toEqual(before)
    }
  ))

it('a secret that an answer tells is redacted, numbered on from those of the cassette', () => {
  const secret = 'sk-proj-ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210zyxw'
  const telling: Responder = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ choices: [{ finish_reason: 'stop', message: { content: `take ${secret}` } }] }))
  }
  const old = { ...chatted('kept', 'take <openai-key:1>'), recorded: young.recorded }
  return within([old, chatted('one', '1')], telling, async ({ file, refresh }) => {
    expect((await refresh({ yes: true })).code).toBe(0)
    expect(await readFile(file, 'utf8')).not.toContain(secret)
    expect(await said(file, 'one')).toContain('take <openai-key:2>')
  })
})

it('nothing that old: nothing is sent', () =>
  within([chatted('one', '1')], anew, async ({ upstream, refresh }) => {
    const { code, out } = await refresh({ olderThan: 30 * DAY })
    expect([code, out, upstream.requests.length]).toEqual([0, 'Nothing is that old.\n', 0])
  }))

describe('as a program', () => {
  it('asks the price, records anew with the key of the environment, and writes the cassette', { timeout: 180_000 }, async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(anew)
    const program = buildCommand('cassettes-refresh-test')
    const file = folder.file('recordings', 'weather.yaml')
    await mkdir(folder.file('recordings'))
    await writeCassette(file, chatted('one', '1'))
    const env = { OPENAI_API_KEY: KEY, OPENAI_API_BASE_URL: `${upstream.url}/v1`, LOG_FILE: '' }
    const run = (...args: readonly string[]): ReturnType<typeof runCommand> =>
      runCommand(program, ['cassettes', 'refresh', 'weather', '--older-than', '1h', ...args], { cwd: folder.path, env })
    const refused = await run()
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('there is no terminal to ask on')])
    expect((await run('--yes', '--max-cost', '0.000001')).code).toBe(2)
    expect(upstream.requests).toHaveLength(0)
    const { code, stdout, stderr } = await run('--yes')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(
      /1 interaction: about \$0\.007500\.[^]*recordings\/weather\.yaml: 1 interaction recorded anew\.\nSpent \$0\.007500,/
    )
    expect(upstream.requests.map(({ headers }) => getHeader(headers, 'authorization'))).toEqual([`Bearer ${KEY}`])
    expect(await said(file, 'one')).toContain('new: one')
    expect(await readFile(file, 'utf8')).not.toContain(KEY)
  })
})

it('waits while another process writes to the cassette, and leaves what that recorded', () =>
  within([chatted('one', '1')], anew, async ({ file, upstream, refresh }) => {
    const { refreshing } = await whileLocked(file, async () => {
      const ending = refresh({ yes: true })
      ending.catch(() => undefined)
      while (upstream.requests.length === 0) await new Promise((done) => setTimeout(done, 5))
      await new Promise((done) => setTimeout(done, 200))
      expect(await said(file, 'one')).not.toContain('new')
      await appendFile(file, '# by another\n')
      return { refreshing: ending }
    })
    await expect(refreshing).rejects.toThrow('changed meanwhile')
    expect(await readFile(file, 'utf8')).toContain('# by another')
  }))
