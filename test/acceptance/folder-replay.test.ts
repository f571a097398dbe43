/** A folder of cassettes in play: every one of them answers, and what is recorded goes to one. */
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { startProxy, type Proxy, type ProxyOptions } from '../../src/index.ts'
import { answerJson } from '../support/answer-json.ts'
import { startUpstream } from '../support/local-upstream.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const answer = (content: string): object => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }]
})

async function ask(proxy: Pick<Proxy, 'fetch'>, question: string, baseURL?: string): Promise<string | null | undefined> {
  const openai = new OpenAI({ fetch: proxy.fetch, apiKey: 'unused', maxRetries: 0, ...(baseURL ? { baseURL } : {}) })
  const completion = await openai.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: question }] })
  return completion.choices[0]?.message.content
}

/** Records questions, with the answer to all of them. */
async function record(cassette: string, content: string, ...questions: readonly string[]): Promise<void> {
  await using upstream = await startUpstream(answerJson(200, answer(content)))
  const settings = { mode: 'record', cassette, openaiApiBaseUrl: `${upstream.url}/v1` } as const
  await using proxy = await start(settings)
  for (const question of questions) await ask(proxy, question)
}

const start = (settings: ProxyOptions): Promise<Proxy> =>
  startProxy({ listen: false, logFile: false, report: () => undefined, ...settings })

describe('a folder that is replayed', () => {
  test('answers from all its cassettes, those in folders of its own too, and names the file', async () => {
    await using folder = await temporaryFolder()
    await record(folder.file('weather.yaml'), 'Yes.', 'Is it raining?')
    await record(folder.file('agents', 'time.yaml'), 'Noon.', 'What time is it?')
    await record(folder.file('broken.failed.yaml'), 'Never.', 'Of a failed test?')
    await using proxy = await start({ mode: 'replay', cassette: `${folder.path}/` })
    expect([await ask(proxy, 'What time is it?'), await ask(proxy, 'Is it raining?')]).toEqual(['Noon.', 'Yes.'])
    expect(proxy.exchanges.map(({ cassette }) => cassette)).toEqual([
      folder.file('agents', 'time.yaml'),
      folder.file('weather.yaml')
    ])
    await expect(ask(proxy, 'Of a failed test?')).rejects.toMatchObject({ status: 404, code: 'cassette_miss' })
    expect(proxy.cassettes.map(({ name, unused }) => [name, unused.length])).toEqual([
      [folder.file('agents', 'time.yaml'), 0],
      [folder.file('weather.yaml'), 0]
    ])
  })

  test('tells a miss the nearest recording of all, and how to record it', async () => {
    await using folder = await temporaryFolder()
    await record(folder.file('a.yaml'), 'Yes.', 'Who was Napoleon?')
    await record(folder.file('b.yaml'), 'Yes.', 'Is it raining in Paris?')
    await using proxy = await start({ mode: 'replay', cassette: `${folder.path}/` })
    const error = await ask(proxy, 'Is it raining in Rome?').catch((thrown: unknown) => thrown as Error)
    expect(error).toHaveProperty('message', expect.stringContaining(`No recording in ${folder.path}/ fits`))
    expect(error).toHaveProperty('message', expect.stringContaining(`Nearest of 2: ${folder.file('b.yaml')}:`))
    expect(error).toHaveProperty('message', expect.stringContaining(`openai-proxy --record ${folder.path}/ --replay`))
  })

  test('keeps base URLs that name a cassette to that one, and counts what they use once', async () => {
    await using folder = await temporaryFolder()
    await record(folder.file('weather.yaml'), 'Yes.', 'Is it raining?', 'Is it cold?')
    await record(folder.file('time.yaml'), 'Noon.', 'What time is it?')
    await using proxy = await start({ mode: 'replay', cassette: `${folder.path}/` })
    expect(await ask(proxy, 'Is it raining?', `${proxy.url}/~/weather/v1`)).toBe('Yes.')
    await expect(ask(proxy, 'What time is it?', `${proxy.url}/~/weather/v1`)).rejects.toMatchObject({ code: 'cassette_miss' })
    expect(await ask(proxy, 'Is it cold?')).toBe('Yes.')
    const weather = proxy.cassettes.filter(({ name }) => name === folder.file('weather.yaml'))
    expect(weather.map(({ used, unused }) => [used.length, unused.length])).toEqual([[2, 0]])
  })

  test('sees cassettes that come, change and go while it runs', async () => {
    await using folder = await temporaryFolder()
    await record(folder.file('a.yaml'), 'Yes.', 'Is it raining?')
    await using proxy = await start({ mode: 'replay', cassette: `${folder.path}/` })
    await expect(ask(proxy, 'What time is it?')).rejects.toMatchObject({ code: 'cassette_miss' })
    await record(folder.file('new', 'b.yaml'), 'Noon.', 'What time is it?')
    expect(await ask(proxy, 'What time is it?')).toBe('Noon.')
    await writeFile(folder.file('a.yaml'), (await readFile(folder.file('a.yaml'), 'utf8')).replace('Yes.', 'Cats and dogs.'))
    expect(await ask(proxy, 'Is it raining?')).toBe('Cats and dogs.')
    await rm(folder.file('a.yaml'))
    await expect(ask(proxy, 'Is it raining?')).rejects.toMatchObject({ code: 'cassette_miss' })
    await rm(folder.file('new'), { recursive: true })
    await expect(ask(proxy, 'Is it raining?')).rejects.toMatchObject({ status: 404, code: 'cassette_missing' })
  })

  test('with a broken cassette answers nothing, since nobody can say what that would answer', async () => {
    await using folder = await temporaryFolder()
    await record(folder.file('a.yaml'), 'Yes.', 'Is it raining?')
    await writeFile(folder.file('b.yaml'), 'cassette: 1\nignore: 5\n')
    await using proxy = await start({ mode: 'replay', cassette: `${folder.path}/` })
    const broken = { status: 500, code: 'cassette_broken', message: expect.stringContaining(folder.file('b.yaml')) as unknown }
    await expect(ask(proxy, 'Is it raining?')).rejects.toMatchObject(broken)
    await writeFile(folder.file('b.yaml'), 'cassette: 1\n')
    expect(await ask(proxy, 'Is it raining?')).toBe('Yes.')
  })

  test('lets the faults of a cassette strike what that cassette answers', async () => {
    await using folder = await temporaryFolder()
    await record(folder.file('a.yaml'), 'Yes.', 'Is it raining?')
    await record(folder.file('b.yaml'), 'Noon.', 'What time is it?')
    const text = await readFile(folder.file('b.yaml'), 'utf8')
    await writeFile(folder.file('b.yaml'), text.replace('cassette: 1\n', 'cassette: 1\nfaults: ["nth=1: status=500"]\n'))
    await using proxy = await start({ mode: 'replay', cassette: `${folder.path}/` })
    expect(await ask(proxy, 'Is it raining?')).toBe('Yes.')
    await expect(ask(proxy, 'What time is it?')).rejects.toMatchObject({ status: 500 })
    expect(await ask(proxy, 'What time is it?')).toBe('Noon.')
  })

  test('that holds none is an error at once; three hundred are no reason to wait', async () => {
    await using folder = await temporaryFolder()
    await mkdir(folder.file('empty'))
    await expect(start({ mode: 'replay', cassette: folder.file('empty') })).rejects.toMatchObject({ code: 'cassette_missing' })
    await expect(start({ mode: 'replay', cassette: folder.file('none/') })).rejects.toThrow('holds no cassette')
    await record(folder.file('one.yaml'), 'Yes.', 'Question?')
    const text = await readFile(folder.file('one.yaml'), 'utf8')
    for (let number = 0; number < 300; number += 1) {
      const numbered = text
        .replace('Question?', `Question ${number}?`)
        .replace('Yes.', `Answer ${number}.`)
        .replace(/^key: .*\n/m, '')
      await writeFile(folder.file(`${number}.yaml`), numbered)
    }
    await using proxy = await start({ mode: 'replay', cassette: folder.path })
    expect(await ask(proxy, 'Question 271?')).toBe('Answer 271.')
    expect(proxy.cassettes.filter(({ used }) => used.length > 0)).toHaveLength(1)
    await expect(ask(proxy, 'Question 300?')).rejects.toMatchObject({ code: 'cassette_miss' })
  })
})

describe('a folder that is replayed and recorded', () => {
  test('in mode auto answers from all, and records what is new in default.yaml', async () => {
    await using folder = await temporaryFolder()
    await record(folder.file('weather.yaml'), 'Yes.', 'Is it raining?')
    await using upstream = await startUpstream(answerJson(200, answer('New.')))
    await using proxy = await start({ mode: 'auto', cassette: `${folder.path}/`, openaiApiBaseUrl: `${upstream.url}/v1` })
    expect([await ask(proxy, 'Is it raining?'), await ask(proxy, 'And now?'), await ask(proxy, 'And now?')]).toEqual([
      'Yes.',
      'New.',
      'New.'
    ])
    expect(proxy.exchanges.map(({ source, cassette }) => [source, cassette])).toEqual([
      ['tape', folder.file('weather.yaml')],
      ['upstream', folder.file('default.yaml')],
      ['tape', folder.file('default.yaml')]
    ])
    expect(upstream.requests).toHaveLength(1)
    expect((await readdir(folder.path)).toSorted()).toEqual(['default.yaml', 'weather.yaml'])
  })

  test('in mode once records default.yaml where there is none, all of it, and afterwards only replays', async () => {
    await using folder = await temporaryFolder()
    await record(folder.file('weather.yaml'), 'Yes.', 'Is it raining?')
    await using upstream = await startUpstream(answerJson(200, answer('New.')))
    const settings = { mode: 'once', cassette: `${folder.path}/`, openaiApiBaseUrl: `${upstream.url}/v1` } as const
    {
      await using proxy = await start(settings)
      for (const question of ['Is it raining?', 'Done?', 'Done?']) await ask(proxy, question)
    }
    expect(upstream.requests).toHaveLength(2)
    await using proxy = await start(settings)
    expect([await ask(proxy, 'Done?'), await ask(proxy, 'Is it raining?')]).toEqual(['New.', 'Yes.'])
    await expect(ask(proxy, 'And now?')).rejects.toMatchObject({ code: 'cassette_miss' })
    expect(upstream.requests).toHaveLength(2)
  })
})
