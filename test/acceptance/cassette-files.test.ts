/** A proxy whose cassette changes, vanishes or cannot be written while it runs: its clients are served all the same, or told why. */
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { startProxy, type Proxy } from '../../src/index.ts'
import { answerJson } from '../support/answer-json.ts'
import { startUpstream } from '../support/local-upstream.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }]
}

/** What the model says to a question. */
async function ask(proxy: Proxy, question: string): Promise<string | null | undefined> {
  const openai = new OpenAI({ fetch: proxy.fetch, apiKey: 'unused', maxRetries: 0 })
  const completion = await openai.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: question }] })
  return completion.choices[0]?.message.content
}

/** Records questions, and ends when all of them are on disk. */
async function recordAll(cassette: string, questions: readonly string[]): Promise<void> {
  await using upstream = await startUpstream(answerJson(200, answer))
  await using proxy = await startProxy({
    listen: false,
    mode: 'record',
    cassette,
    openaiApiBaseUrl: `${upstream.url}/v1`,
    logFile: false
  })
  for (const question of questions) await ask(proxy, question)
}

describe('a cassette that is replayed', () => {
  test('may be edited, deleted and brought back while the proxy runs', async () => {
    await using folder = await temporaryFolder()
    const cassette = folder.file('tape.yaml')
    await recordAll(cassette, ['Is it raining?', 'Is it cold?'])
    await using proxy = await startProxy({ listen: false, mode: 'replay', cassette, logFile: false })
    expect(await ask(proxy, 'Is it raining?')).toBe('Yes.')
    await writeFile(cassette, (await readFile(cassette, 'utf8')).replace('content: Yes.', 'content: Cats and dogs.'))
    expect(await ask(proxy, 'Is it raining?')).toBe('Cats and dogs.')
    await rename(cassette, folder.file('away.yaml'))
    await expect(ask(proxy, 'Is it raining?')).rejects.toMatchObject({ status: 404, code: 'cassette_missing' })
    await rename(folder.file('away.yaml'), cassette)
    expect([await ask(proxy, 'Is it raining?'), await ask(proxy, 'Is it cold?')]).toEqual(['Cats and dogs.', 'Yes.'])
  })

  test('that is broken by an edit says where, until it is mended', async () => {
    await using folder = await temporaryFolder()
    const cassette = folder.file('tape.yaml')
    await recordAll(cassette, ['Is it raining?'])
    await using proxy = await startProxy({ listen: false, mode: 'replay', cassette, logFile: false })
    const text = await readFile(cassette, 'utf8')
    await writeFile(cassette, text.replace('status: 200', 'status: [200'))
    await expect(ask(proxy, 'Is it raining?')).rejects.toMatchObject({ status: 500, code: 'cassette_broken' })
    await writeFile(cassette, text)
    expect(await ask(proxy, 'Is it raining?')).toBe('Yes.')
  })

  test('by two proxies, one of which records, answers with what is new', async () => {
    await using folder = await temporaryFolder()
    const cassette = folder.file('tape.yaml')
    await recordAll(cassette, ['Is it raining?'])
    await using proxy = await startProxy({ listen: false, mode: 'replay', cassette, logFile: false })
    await expect(ask(proxy, 'Is it cold?')).rejects.toMatchObject({ status: 404, code: 'cassette_miss' })
    await recordAll(cassette, ['Is it cold?'])
    expect([await ask(proxy, 'Is it cold?'), await ask(proxy, 'Is it raining?')]).toEqual(['Yes.', 'Yes.'])
  })
})

describe('a cassette that cannot be written any more', () => {
  test('is one line for the operator, hurts no client, and goes on when it can be written again', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(answerJson(200, answer))
    const recordings = folder.file('recordings')
    const cassette = folder.file('recordings', 'tape.yaml')
    const reports: string[] = []
    const proxy = await startProxy({
      listen: false,
      mode: 'record',
      cassette,
      openaiApiBaseUrl: `${upstream.url}/v1`,
      logFile: false,
      report: (line) => void reports.push(line)
    })
    expect(await ask(proxy, 'one')).toBe('Yes.')
    await expect.poll(() => readFile(cassette, 'utf8').catch(() => '')).toContain('content: one')
    await rename(recordings, folder.file('away'))
    await writeFile(recordings, 'a file')
    expect(await ask(proxy, 'two')).toBe('Yes.')
    await expect.poll(() => reports).toHaveLength(1)
    expect(reports[0]).toContain(`Cannot write the cassette ${cassette}: a part of its path is a file.`)
    await rm(recordings)
    await rename(folder.file('away'), recordings)
    expect(await ask(proxy, 'three')).toBe('Yes.')
    await proxy.close()
    expect(reports).toHaveLength(1)
    const text = await readFile(cassette, 'utf8')
    expect(['one', 'two', 'three'].map((name) => text.includes(`content: ${name}`))).toEqual([true, false, true])
  })

  test.skipIf(process.getuid?.() === 0)('is told before the first call, where the folder is read-only', async () => {
    await using folder = await temporaryFolder()
    await mkdir(folder.file('recordings'))
    await writeFile(folder.file('recordings', 'tape.yaml'), '')
    await chmod(folder.file('recordings'), 0o555)
    const starting = startProxy({
      listen: false,
      mode: 'record',
      cassette: folder.file('recordings', 'tape.yaml'),
      logFile: false
    })
    await expect(starting).rejects.toMatchObject({ code: 'cassette_unwritable' })
  })
})
