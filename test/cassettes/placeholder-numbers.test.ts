/** One placeholder stands for one secret, whoever writes to a cassette: processes at once, tapes at once, sessions that are joined. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { readKeyLine } from '../../src/cassettes/key-line.ts'
import { createRedaction } from '../../src/redaction/index.ts'
import { createMovedNumbers } from '../../src/redaction/placeholders.ts'
import type { Redaction } from '../../src/redaction/redactor.ts'
import { buildFiles } from '../cli/command.ts'
import { startUpstream } from '../support/local-upstream.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { chat, makeInteraction, openFile } from './make-interaction.ts'

// Slow machines take their time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 120_000 })

const key = (letter: string): string => `sk-proj-${letter.repeat(24)}0123456789`

function redactionWith(secret: string): Redaction {
  const redaction = createRedaction()
  redaction.learn(secret, 'openai-key')
  return redaction
}

const documents = async (path: string): Promise<string[]> => (await readFile(path, 'utf8')).split(/^---\n/m).slice(1)

/** The placeholders of each document that holds a word. */
async function numbersOf(path: string, word: string): Promise<string[]> {
  const own = (await documents(path)).filter((text) => text.includes(word))
  return [...new Set(own.flatMap((text) => text.match(/<openai-key:\d+>/g) ?? []))]
}

describe('placeholders', () => {
  it('of two processes that record at once are never one for two secrets', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    await using upstream = await startUpstream(async (request, response) => {
      // The answer tells the key once more.
      const said = JSON.parse(Buffer.from(await request.whole).toString()) as { readonly messages: unknown }
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ id: 'chatcmpl-1', echo: said.messages }))
    })
    const dist = buildFiles('placeholder-numbers')
    const program = fileURLToPath(new URL('record-secret.mjs', import.meta.url))
    const children = ['A', 'B', 'C'].map((letter): ChildProcess => {
      return spawn(process.execPath, [program, dist, path, upstream.url, key(letter)], { stdio: ['pipe', 'pipe', 'inherit'] })
    })
    // All have opened the cassette before anybody has written to it.
    await Promise.all(children.map((child) => once(child.stdout!, 'data')))
    for (const [index, child] of children.entries()) child.stdin!.end(`${'ABC'[index]}-one\n${'ABC'[index]}-two\n`)
    await Promise.all(children.map((child) => once(child, 'close')))

    const all = await documents(path)
    expect(all).toHaveLength(6)
    expect(all.join('')).not.toContain('sk-proj-')
    const numbers = await Promise.all(['A-', 'B-', 'C-'].map((word) => numbersOf(path, word)))
    expect(numbers.flat().toSorted()).toEqual(['<openai-key:1>', '<openai-key:2>', '<openai-key:3>'])
    expect(numbers.every((own) => own.length === 1)).toBe(true)
    // Each document is as its recorder wrote it: nobody has to make its key anew.
    for (const text of all) expect(readKeyLine(Buffer.from(text))).toBeDefined()
  })

  it('that others have taken meanwhile are given up, in all that a recorder still writes', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    const [one, other] = [await openFile(path), await openFile(path)]
    const [mine, theirs] = [redactionWith(key('a')), redactionWith(key('b'))]
    const said = (redaction: Redaction, secret: string, name: string) => {
      const text = redaction.text(`${name} ${secret}`)
      const headers = [['x-request-id', redaction.text(secret)]] as const
      return makeInteraction(chat(text), `{"said":"${text}"}`, {
        headers,
        interim: [{ status: 103, headers, at: 1 }],
        trailers: headers
      })
    }
    const check = vi.fn<(text: string) => void>()
    // Both are redacted before either is written.
    const [first, second, third] = [
      said(mine, key('a'), 'first'),
      said(theirs, key('b'), 'second'),
      said(theirs, key('b'), 'third')
    ]
    await one.append(first, check, mine.numbers)
    await other.append(second, check, theirs.numbers)
    await other.append(third, check, theirs.numbers)
    await one.append(said(mine, key('a'), 'fourth'), check, mine.numbers)
    expect(await numbersOf(path, 'first')).toEqual(['<openai-key:1>'])
    expect(await numbersOf(path, 'second')).toEqual(['<openai-key:2>'])
    expect(await numbersOf(path, 'third')).toEqual(['<openai-key:2>'])
    expect(await numbersOf(path, 'fourth')).toEqual(['<openai-key:1>'])
    // What is given from now on is what was written.
    expect(theirs.text(key('b'))).toBe('<openai-key:2>')
    // What is written has been looked at as it is written.
    expect(check.mock.calls.some(([text]) => String(text).includes('second <openai-key:2>'))).toBe(true)
    // And the recording is played to whoever recorded it.
    for (const tape of [one, other, await openFile(path)]) {
      await tape.refresh()
      for (const name of ['first', 'second', 'third', 'fourth'])
        expect((await tape.take(chat(`${name} <openai-key:7>`))).kind, name).toBe('hit')
    }
  })

  it('that came with a request, and were given by nobody here, stay what they are', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    const tape = await openFile(path)
    const redaction = redactionWith(key('a'))
    await tape.append(makeInteraction(chat('once <openai-key:5>')), () => undefined, redaction.numbers)
    await tape.append(makeInteraction(chat('twice <openai-key:5>')), () => undefined, redaction.numbers)
    expect(await numbersOf(path, 'twice')).toEqual(['<openai-key:5>'])
  })

  it('of a recording that is put behind another keep apart from each other, too', () => {
    const taken = new Set(['<key:1>', '<key:3>'])
    const numbers = createMovedNumbers()
    const settle = (placeholder: string): string => numbers.settle(placeholder, (one) => taken.has(one))
    expect(['<key:1>', '<key:2>', '<key:1>', '<key:4>', '<other:1>'].map(settle)).toEqual([
      '<key:2>',
      '<key:4>',
      '<key:2>',
      '<key:5>',
      '<other:1>'
    ])
  })
})
