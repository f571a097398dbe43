/** A cassette that changes on disk while it is in play: other processes record into it, people edit it, git replaces it. */
import { appendFile, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'
import type { Tape } from '../../src/cassettes/interaction.ts'
import { createFileStore } from '../../src/cassettes/file-store.ts'
import type { CassetteStore } from '../../src/cassettes/store.ts'
import { openTape } from '../../src/cassettes/tape.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { answerOf, chat, makeInteraction, openFile, record } from './make-interaction.ts'

// Slow machines take their time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 60_000 })

const LONG = 'x'.repeat(100_000)

/** Opens a cassette of three long ones, and keeps but the last one at hand. */
async function openLarge(path: string): Promise<Tape> {
  const names = ['one', 'two', 'three']
  await record(await openFile(path), ...names.map((name) => makeInteraction(chat(name), `"${name} ${LONG}"`)))
  await utimes(path, 1, 1)
  return openTape({ store: createFileStore(path), name: 'tape.yaml', report: () => undefined, keptBytes: 0 })
}

const edit = async (path: string, change: (text: string) => string): Promise<void> =>
  writeFile(path, change(await readFile(path, 'utf8')))

describe('what other processes record', () => {
  it('is seen with the next look, behind what was known', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    const [mine, others] = [await openFile(path), await openFile(path)]
    await record(mine, makeInteraction(chat('a'), '"a1"'))
    expect([mine.isCurrent(), others.isCurrent()]).toEqual([true, false])
    expect(await others.refresh()).toBe(true)
    expect([others.isCurrent(), await answerOf(others, chat('a'))]).toEqual([true, '"a1"'])
    await record(others, makeInteraction(chat('b'), '"b1"'))
    await record(mine, makeInteraction(chat('a'), '"a2"'))
    await others.refresh()
    expect([others.size, await answerOf(others, chat('a')), await answerOf(mine, chat('b'))]).toEqual([3, '"a2"', '"b1"'])
  })

  it('is counted when a line is told', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    const [mine, others] = [await openFile(path), await openFile(path)]
    for (const tape of [mine, others, mine, others]) await record(tape, makeInteraction(chat(`${tape.size}`)))
    const lines = (await readFile(path, 'utf8')).split('\n')
    for (const [index, tape] of [mine, others].entries()) {
      await tape.refresh()
      const answer = await tape.take(chat('3 more'))
      const line = answer.kind === 'miss' ? Number(/:(\d+) /.exec(answer.nearest!.place)![1]) : 0
      expect(lines[line - 1], `tape ${index}`).toMatch(/^key: /)
    }
  })

  it('does not begin the order of what was played anew', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    await record(await openFile(path), makeInteraction(chat('a'), '1'), makeInteraction(chat('a'), '2'))
    const tape = await openFile(path)
    expect(await answerOf(tape, chat('a'))).toBe('1')
    await record(await openFile(path), makeInteraction(chat('b')))
    await tape.refresh()
    expect([await answerOf(tape, chat('a')), tape.size]).toEqual(['2', 3])
  })

  it('is gone on with where it was cut off', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    const tape = await openFile(path)
    await record(tape, makeInteraction(chat('a'), '1'))
    await appendFile(path, '---\nkey: 0123456789abcdef-01234567\nrequest:\n  method: PO')
    await record(tape, makeInteraction(chat('b'), '2'))
    const again = await openFile(path)
    expect([again.size, await answerOf(again, chat('a')), await answerOf(again, chat('b'))]).toEqual([2, '1', '2'])
  })
})

describe('what a person does', () => {
  it.each<readonly [string, (path: string) => Promise<void>]>([
    ['edits it in place', (path) => edit(path, (text) => text.replace('"one ', '"ONE '))],
    ['adds a line above', (path) => edit(path, (text) => text.replace('\n---', '\n# mine\n---').replace('"one ', '"ONE '))],
    [
      'replaces the file, as git does',
      async (path) => {
        await writeFile(`${path}.new`, (await readFile(path, 'utf8')).replace('"one ', '"ONE '))
        await rename(`${path}.new`, path)
      }
    ],
    [
      'deletes the first document',
      (path) => edit(path, (text) => text.replace(/---\n[^]*?(?=---\n)/, '').replace('"two ', '"ONE '))
    ]
  ])('%s: it is never served torn, and what is there now is served', async (_what, change) => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    const tape = await openLarge(path)
    expect(await answerOf(tape, chat('three'))).toBe(`"three ${LONG}"`)
    await change(path)
    expect(tape.isCurrent()).toBe(false)
    await tape.refresh()
    const name = (await tape.has(chat('one'))) ? 'one' : 'two'
    expect([await answerOf(tape, chat(name)), await answerOf(tape, chat('three'))]).toEqual([`"ONE ${LONG}"`, `"three ${LONG}"`])
  })

  it('gets an error, and no torn answer, where the file changes between the look and the reading', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    const tape = await openLarge(path)
    await edit(path, (text) => text.replace('\n---', '\n# a line more\n---'))
    await expect(tape.take(chat('two'))).rejects.toThrow(
      'The cassette tape.yaml was changed on disk at this moment. Send the request again.'
    )
    await tape.refresh()
    expect(await answerOf(tape, chat('two'))).toBe(`"two ${LONG}"`)
  })

  it('edits without a change of size and time: what is read is checked all the same', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    const tape = await openLarge(path)
    await edit(path, (text) => text.replace('"one ', '"ONE '))
    await utimes(path, 1, 1)
    await expect(tape.take(chat('one'))).rejects.toThrow('was changed on disk')
    await tape.refresh()
    expect(await answerOf(tape, chat('one'))).toBe(`"ONE ${LONG}"`)
  })

  it('breaks it: the error names the line, and it plays again when it is mended', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    await record(await openFile(path), makeInteraction(chat('one'), '1'), makeInteraction(chat('two'), '2'))
    const tape = await openFile(path)
    const text = await readFile(path, 'utf8')
    await writeFile(path, text.replace('status: 200', 'status: soon'))
    await expect(tape.refresh()).rejects.toThrow('cannot be read at line 18: response.status')
    await writeFile(path, text)
    await tape.refresh()
    expect([await answerOf(tape, chat('one')), await answerOf(tape, chat('two'))]).toEqual(['1', '2'])
  })

  it('deletes it: nothing is served from memory', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    await record(await openFile(path), makeInteraction(chat('one'), '1'))
    const tape = await openFile(path)
    await rm(path)
    // Until it is looked for again, what was used of it is told as it was.
    expect(tape.interactions()).toEqual([
      {
        place: expect.stringMatching(/^tape\.yaml:\d+$/) as unknown,
        endpoint: 'POST /v1/chat/completions',
        model: 'gpt-4o',
        uses: 0
      }
    ])
    expect([tape.isCurrent(), await tape.refresh(), tape.size, await tape.has(chat('one'))]).toEqual([false, false, 0, false])
    expect(tape.interactions()).toEqual([])
  })
})

describe('how much is read', () => {
  /** A store that counts the bytes it reads, and how often. */
  function countReads(path: string): {
    readonly store: CassetteStore
    readonly take: () => readonly [bytes: number, reads: number]
  } {
    const store = createFileStore(path)
    let [bytes, reads] = [0, 0]
    const count = (read: number): number => {
      bytes += read
      reads += 1
      return read
    }
    return {
      store: {
        ...store,
        read: async (start, into) => count(await store.read(start, into)),
        readNow: (start, into) => count(store.readNow(start, into))
      },
      take() {
        const taken = [bytes, reads] as const
        ;[bytes, reads] = [0, 0]
        return taken
      }
    }
  }

  it('is the file once when it is opened, a document for a hit, nothing for the next, and nothing to append', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    const writer = await openFile(path)
    const answer = JSON.stringify('y'.repeat(30_000))
    await record(writer, ...Array.from({ length: 150 }, (_, index) => makeInteraction(chat(`number ${index}`), answer)))
    const size = (await readFile(path)).length
    const { store, take } = countReads(path)
    const tape = await openTape({ store, name: path, report: () => undefined })
    // A document that is cut by the end of a window is read again with the next one, and a few to warm up.
    expect(take()[0]).toBeLessThan(size * 1.1)
    expect(await answerOf(tape, chat('number 75'))).toBe(answer)
    expect(take()).toEqual([expect.toSatisfy((bytes: number) => bytes > 30_000 && bytes < 31_000), 1])
    expect(await answerOf(tape, chat('number 75'))).toBe(answer)
    await record(tape, makeInteraction(chat('new'), answer), makeInteraction(chat('newer'), answer))
    expect(await answerOf(tape, chat('newer'))).toBe(answer)
    expect(take()).toEqual([0, 0])
    await tape.take(chat('number 75 or so'))
    // A miss compares a bounded number of documents; of others it reads the request alone.
    expect(take()[0]).toBeLessThan(size * 0.6)
  })
})
