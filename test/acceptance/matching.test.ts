/** Matching as its users meet it: the official clients, recorded and replayed; a miss that explains itself; rules; ids of their own. */
import { readFile, writeFile } from 'node:fs/promises'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { startProxy, type Proxy, type ProxyOptions } from '../../src/index.ts'
import { answerJson, jsonOf } from '../support/answer-json.ts'
import { canary, findCanary } from '../support/canary.ts'
import { startUpstream, type Responder } from '../support/local-upstream.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'

const COMMON = { apiKey: 'unused', maxRetries: 0 }
const openaiOf = (proxy: Proxy): OpenAI => new OpenAI({ ...COMMON, baseURL: proxy.openaiBaseURL, fetch: proxy.fetch })
const anthropicOf = (proxy: Proxy): Anthropic => new Anthropic({ ...COMMON, baseURL: proxy.anthropicBaseURL, fetch: proxy.fetch })

type ChatBody = OpenAI.ChatCompletionCreateParamsNonStreaming
const chat = (content: string, more: Partial<ChatBody> = {}): ChatBody => ({
  model: 'gpt-4o',
  messages: [{ role: 'user', content }],
  ...more
})
const message = (content: string): Anthropic.MessageCreateParamsNonStreaming => ({
  model: 'claude-sonnet-4-5',
  max_tokens: 100,
  messages: [{ role: 'user', content }]
})

/** Answers with what was asked last, so that each recording has an answer of its own. */
const echo: Responder = async (request, response) => {
  await request.whole
  const { messages } = jsonOf(request) as { messages: { content: unknown }[] }
  const content = JSON.stringify(messages.at(-1)!.content)
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({
      id: 'answer',
      choices: [{ index: 0, message: { role: 'assistant', content } }],
      content: [{ type: 'text', text: content }]
    })
  )
}

/** Records what a program asks, and gives the cassette's path. */
async function recorded(
  folder: TemporaryFolder,
  responder: Responder,
  ask: (proxy: Proxy) => Promise<unknown>,
  options: ProxyOptions = {}
): Promise<string> {
  const cassette = folder.file('tape.yaml')
  await using upstream = await startUpstream(responder)
  await using proxy = await startProxy({
    mode: 'record',
    cassette,
    listen: false,
    logFile: false,
    openaiApiBaseUrl: `${upstream.url}/v1`,
    anthropicApiBaseUrl: upstream.url,
    ...options
  })
  await ask(proxy)
  return cassette
}

async function failure(call: Promise<unknown>): Promise<Error> {
  return call.then(
    () => {
      throw new Error('It was answered.')
    },
    (error: unknown) => error as Error
  )
}

describe('a miss', () => {
  test('tells a developer with OpenAI’s client all that is needed, and the console and the log the same', async () => {
    await using folder = await temporaryFolder()
    const tools = (more: object): Partial<ChatBody> => ({
      tools: [{ type: 'function', function: { name: 'get_weather', parameters: {}, ...more } }]
    })
    const cassette = await recorded(folder, echo, (proxy) =>
      openaiOf(proxy).chat.completions.create(chat('I like the quick fox', tools({})))
    )
    const reports: string[] = []
    const logFile = folder.file('api.log')
    await using proxy = await startProxy({
      mode: 'replay',
      cassette,
      listen: false,
      logFile,
      report: (line) => reports.push(line)
    })
    const error = await failure(openaiOf(proxy).chat.completions.create(chat('I like the slow fox', tools({ strict: true }))))
    expect(error).toBeInstanceOf(OpenAI.NotFoundError)
    const expected = [
      `No recording in ${cassette} fits POST /v1/chat/completions (gpt-4o). Nothing was sent to the network.`,
      `Nearest of 1: ${cassette}:5 (interaction 1 of 1, POST https://api.openai.com/v1/chat/completions). It differs in:`,
      '  messages[0].content: I like the [-quick-]{+slow+} fox',
      '  tools[0].function.strict: tool get_weather gained strict: true',
      `Make the request fit, or record it: openai-proxy --record ${cassette} --replay (in a test: mode "auto", or OPENAI_PROXY_MODE=auto).`
    ]
    expect(error.message).toBe(`404 ${expected.join('\n')}`)
    expect(reports).toEqual([expected.join('\n')])
    expect(proxy.exchanges.at(-1)!.error!.message).toBe(expected.join('\n'))
    await proxy.close()
    // The log does not hold texts: they are told by their places.
    const [line] = (await readFile(logFile, 'utf8')).split('\n')
    const logged = (JSON.parse(line!) as { error: { message: string } }).error.message
    expect(logged.split('\n').slice(2, 4)).toEqual(['  messages[0].content', '  tools[0].function.strict'])
    expect(line).not.toContain('slow')
  })

  test('is as readable with Anthropic’s client, and says which rule would help', async () => {
    await using folder = await temporaryFolder()
    const cassette = await recorded(folder, echo, (proxy) =>
      anthropicOf(proxy).messages.create(message('It is 2026-11-24. Good?'))
    )
    await using proxy = await startProxy({ mode: 'replay', cassette, listen: false, logFile: false, report: () => undefined })
    const error = await failure(anthropicOf(proxy).messages.create(message('It is 2026-11-25. Good?')))
    expect(error).toBeInstanceOf(Anthropic.NotFoundError)
    expect(error.message.split('\n')).toEqual([
      `404 No recording in ${cassette} fits POST /v1/messages (claude-sonnet-4-5). Nothing was sent to the network.`,
      `Nearest of 1: ${cassette}:5 (interaction 1 of 1, POST https://api.anthropic.com/v1/messages). It differs in:`,
      '  messages[0].content: It is 2026-11-[-24-]{+25+}. Good?',
      'If that changes by itself, add to the first document of the cassette: normalise: ["iso-date in messages[0].content"]',
      `Otherwise make the request fit, or record it: openai-proxy --record ${cassette} --replay (in a test: mode "auto", or OPENAI_PROXY_MODE=auto).`
    ])
  })

  test('of an empty cassette, and of one that is played to its end, says so', async () => {
    await using folder = await temporaryFolder()
    const cassette = await recorded(folder, echo, (proxy) => openaiOf(proxy).chat.completions.create(chat('Hi')))
    const options: ProxyOptions = {
      mode: 'replay',
      cassette,
      listen: false,
      logFile: false,
      report: () => undefined,
      match: { repeat: 'error' }
    }
    await using proxy = await startProxy(options)
    await openaiOf(proxy).chat.completions.create(chat('Hi'))
    expect((await failure(openaiOf(proxy).chat.completions.create(chat('Hi')))).message).toContain(
      'The one recording of it has been played, and "repeat: error" repeats none.'
    )
    const empty = folder.file('empty.yaml')
    await writeFile(empty, 'cassette: 1\n')
    await using other = await startProxy({ ...options, cassette: empty })
    expect((await failure(openaiOf(other).chat.completions.create(chat('Hi')))).message).toContain(
      'The cassette holds no recording.'
    )
  })

  test('never shows a secret, wherever it stands and however a difference cuts it', async () => {
    await using folder = await temporaryFolder()
    const cassette = await recorded(folder, echo, (proxy) =>
      openaiOf(proxy).chat.completions.create(chat('The key is none, I think.'))
    )
    const reports: string[] = []
    const logFile = folder.file('api.log')
    await using proxy = await startProxy({
      mode: 'replay',
      cassette,
      listen: false,
      logFile,
      logTokens: true,
      report: (line) => reports.push(line)
    })
    for (const kind of ['openai', 'openaiProject', 'anthropic', 'github', 'aws'] as const) {
      const key = canary(kind)
      const body = chat(`The key is ${key}, I think.`, { metadata: { note: `x ${key}` }, user: key })
      const client = new OpenAI({ ...COMMON, apiKey: key, baseURL: proxy.openaiBaseURL, fetch: proxy.fetch })
      const error = await failure(client.chat.completions.create(body, { query: { trace: key }, headers: { 'x-trace': key } }))
      expect(error.message).toContain('messages[0].content')
      expect(findCanary(error.message, key)).toEqual([])
      expect(findCanary(reports.join('\n'), key)).toEqual([])
    }
    await proxy.close()
    const log = await readFile(logFile, 'utf8')
    for (const kind of ['openai', 'anthropic', 'github', 'aws'] as const) expect(findCanary(log, canary(kind))).toEqual([])
  })
})

describe('rules', () => {
  const run = (id: string): ChatBody => chat('Say hi', { metadata: { run: id } })

  test('in options, in a function, and in the cassette', async () => {
    await using folder = await temporaryFolder()
    const cassette = await recorded(folder, echo, (proxy) => openaiOf(proxy).chat.completions.create(run('first')))
    const options: ProxyOptions = { mode: 'replay', cassette, listen: false, logFile: false, report: () => undefined }
    const ask = async (more: ProxyOptions): Promise<string> => {
      await using proxy = await startProxy({ ...options, ...more })
      try {
        return (await openaiOf(proxy).chat.completions.create(run('second'))).id
      } catch (error) {
        // Any other failure is no miss.
        if (!(error instanceof OpenAI.NotFoundError) || error.code !== 'cassette_miss') throw error
        return 'a miss'
      }
    }
    expect(await ask({})).toBe('a miss')
    expect(await ask({ match: { ignore: ['metadata.run'] } })).toBe('answer')
    expect(await ask({ match: { normalise: [/first|second/] } })).toBe('answer')
    expect(await ask({ match: ({ body }, recording) => (body as ChatBody).model === (recording.body as ChatBody).model })).toBe(
      'answer'
    )
    await writeFile(
      cassette,
      (await readFile(cassette, 'utf8')).replace('cassette: 1\n', 'cassette: 1\nignore:\n  - metadata.run\n')
    )
    expect(await ask({})).toBe('answer')
    await writeFile(cassette, (await readFile(cassette, 'utf8')).replace('metadata.run', 'metadata..run'))
    await expect(startProxy(options)).rejects.toThrow(
      /tape\.yaml cannot be read at line 5: ignore\[0\]: "metadata\.\.run" is no place/
    )
    await expect(startProxy({ ...options, match: { ignore: ['a['] } })).rejects.toThrow(
      'startProxy(): option match: ignore[0]: "a[" is no place'
    )
  })

  test('let a header count, which is recorded for it', async () => {
    await using folder = await temporaryFolder()
    const match = { headers: ['X-Tenant'] }
    const asTenant = (proxy: Proxy, tenant: string): Promise<unknown> =>
      openaiOf(proxy).chat.completions.create(chat('Hi'), { headers: { 'x-tenant': tenant } })
    const cassette = await recorded(folder, echo, async (proxy) => [await asTenant(proxy, 'a')], { match })
    expect(await readFile(cassette, 'utf8')).toContain('x-tenant: a')
    await using proxy = await startProxy({
      mode: 'replay',
      cassette,
      listen: false,
      logFile: false,
      match,
      report: () => undefined
    })
    await asTenant(proxy, 'a')
    expect((await failure(asTenant(proxy, 'b'))).message).toContain('  headers.x-tenant: recorded "a", got "b"')
    await using plain = await startProxy({ mode: 'replay', cassette, listen: false, logFile: false })
    await asTenant(plain, 'b')
  })
})

describe('a loop with tools', () => {
  const call = (id: string): OpenAI.ChatCompletionMessageToolCall => ({
    id,
    type: 'function',
    function: { name: 'get_weather', arguments: '{"city":"Paris"}' }
  })
  const answer: Responder = async (request, response) => {
    await request.whole
    const { messages } = jsonOf(request) as ChatBody
    const isFirst = messages.length === 1
    const told = messages.at(-1) as { tool_call_id?: string }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const send = (delta: object): void =>
      void response.write(`data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta }] })}\n\n`)
    if (isFirst) send({ tool_calls: [{ index: 0, ...call('call_recorded123') }] })
    else for (const content of ['Sunny, by ', told.tool_call_id!.slice(0, 6), told.tool_call_id!.slice(6), '.']) send({ content })
    response.end('data: [DONE]\n\n')
  }

  /** A program that calls its tools by ids of its own where `rename` makes some; gives what the model said last. */
  async function loop(proxy: Proxy, rename: (id: string) => string): Promise<string> {
    const openai = openaiOf(proxy)
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Weather in Paris?' }]
    let id = ''
    for await (const event of await openai.chat.completions.create({ model: 'gpt-4o', stream: true, messages })) {
      id = event.choices[0]?.delta.tool_calls?.[0]?.id ?? id
    }
    const own = rename(id)
    messages.push({ role: 'assistant', tool_calls: [call(own)] }, { role: 'tool', tool_call_id: own, content: 'sunny' })
    let said = ''
    for await (const event of await openai.chat.completions.create({ model: 'gpt-4o', stream: true, messages })) {
      said += event.choices[0]?.delta.content ?? ''
    }
    return said
  }

  test('replays with the recorded ids and with the client’s own, and the answer speaks of its own', async () => {
    await using folder = await temporaryFolder()
    const cassette = await recorded(folder, answer, (proxy) => loop(proxy, (id) => id))
    await using proxy = await startProxy({ mode: 'replay', cassette, listen: false, logFile: false })
    expect(await loop(proxy, (id) => id)).toBe('Sunny, by call_recorded123.')
    expect(await loop(proxy, () => 'pyd_ai_0a1b2c3d4e5f')).toBe('Sunny, by pyd_ai_0a1b2c3d4e5f.')
    expect(await loop(proxy, () => '7')).toBe('Sunny, by 7.')
  })
})

describe('proxy.cassettes', () => {
  test('tells what was used and what nobody asked for, by session', async () => {
    await using folder = await temporaryFolder()
    const cassette = await recorded(folder, echo, async (proxy) => {
      for (const text of ['one', 'two', 'three']) await openaiOf(proxy).chat.completions.create(chat(text))
    })
    await using proxy = await startProxy({ mode: 'replay', cassette, listen: false, logFile: false })
    expect(proxy.cassettes).toMatchObject([{ name: cassette, size: 3, used: [], unused: [{}, {}, {}] }])
    await openaiOf(proxy).chat.completions.create(chat('two'))
    await openaiOf(proxy).chat.completions.create(chat('two'))
    const [use] = proxy.cassettes
    expect(use!.used).toEqual([{ place: `${cassette}:35`, endpoint: 'POST /v1/chat/completions', model: 'gpt-4o', uses: 2 }])
    expect(use!.unused.map(({ uses }) => uses)).toEqual([0, 0])
  })

  test('is empty where nothing is recorded or replayed', async () => {
    await using upstream = await startUpstream(answerJson(200, {}))
    await using proxy = await startProxy({ mode: 'live', listen: false, logFile: false, openaiApiBaseUrl: `${upstream.url}/v1` })
    expect(proxy.cassettes).toEqual([])
  })
})
