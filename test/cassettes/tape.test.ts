/** A tape in play: order, edits by hand, appends, side files, and cassettes of any size. */
import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { HEADER_TEXT, writeInteraction } from '../../src/cassettes/document.ts'
import { SEPARATOR } from '../../src/cassettes/separator.ts'
import { CassetteError } from '../../src/cassettes/interaction.ts'
import { matchKeys } from '../../src/cassettes/key.ts'
import { writeKeyLine } from '../../src/cassettes/key-line.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { binary } from './body-samples.ts'
import { answerOf, chat, makeInteraction, openFile, record } from './make-interaction.ts'
import { memoryFiles } from './test-format.ts'

// Slow machines take their time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 60_000 })

describe('equal requests', () => {
  it('are answered in recorded order, then the last one repeats', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    const poll = chat('done?')
    await record(
      await openFile(path),
      makeInteraction(poll, '"queued"'),
      makeInteraction(chat('other'), '"x"'),
      makeInteraction(poll, '"running"'),
      makeInteraction(poll, '"done"')
    )
    const tape = await openFile(path)
    expect(await tape.has(poll)).toBe(true)
    expect(await Promise.all(Array.from({ length: 5 }, () => answerOf(tape, poll)))).toEqual([
      '"queued"',
      '"running"',
      '"done"',
      '"done"',
      '"done"'
    ])
    expect(await answerOf(tape, chat('other'))).toBe('"x"')
    expect(await answerOf(await openFile(path), poll)).toBe('"queued"')
  })

  it('get, while they are recorded, the answer that was recorded last', async () => {
    await using folder = await temporaryFolder()
    const tape = await openFile(folder.file('tape.yaml'))
    await record(tape, makeInteraction(chat('a'), '1'))
    expect(await answerOf(tape, chat('a'))).toBe('1')
    await record(tape, makeInteraction(chat('a'), '2'))
    expect([await answerOf(tape, chat('a')), await answerOf(tape, chat('a'))]).toEqual(['2', '2'])
    expect(tape.size).toBe(2)
  })
})

describe('an empty cassette', () => {
  it.each([
    ['no file', undefined, false],
    ['an empty file', '', true],
    ['a header alone', HEADER_TEXT, true],
    ['a header and a separator', HEADER_TEXT + SEPARATOR, true],
    ['empty lines', '\n\n', true]
  ])('is %s: a miss with nothing near, and a place to record', async (_what, text, existed) => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    if (text !== undefined) await writeFile(path, text)
    const reports: string[] = []
    const tape = await openFile(path, reports)
    expect([tape.existed, tape.size, await tape.has(chat('a'))]).toEqual([existed, 0, false])
    expect(await tape.take(chat('a'))).toEqual({ kind: 'miss', reason: 'none', recorded: 0, equal: 0, nearest: undefined })
    await record(tape, makeInteraction(chat('a'), '1'))
    expect(await readFile(path, 'utf8')).toBe(
      HEADER_TEXT + SEPARATOR + writeInteraction(makeInteraction(chat('a'), '1'), memoryFiles())
    )
    expect(await answerOf(await openFile(path, reports), chat('a'))).toBe('1')
    expect(reports).toEqual([])
  })
})

describe('a cassette edited by hand', () => {
  /** Two recordings, and the text of their cassette with a change. */
  async function edited(change: (text: string) => string, filler = 0): Promise<Awaited<ReturnType<typeof openFile>>> {
    const folder = await temporaryFolder()
    onTestFinished(() => folder[Symbol.asyncDispose]())
    const path = folder.file('tape.yaml')
    const more = filler === 0 ? [] : [makeInteraction(chat('filler'), 'x'.repeat(filler))]
    await record(await openFile(path), makeInteraction(chat('one'), '"1"'), makeInteraction(chat('two'), '"2"'), ...more)
    await writeFile(path, change(await readFile(path, 'utf8')))
    return openFile(path)
  }

  it.each([0, 2_000_000])('is found by what it says now, not by its old key (%i bytes more)', async (filler) => {
    const tape = await edited((text) => text.replace('content: two', 'content: three'), filler)
    expect(await answerOf(tape, chat('three'))).toBe('"2"')
    expect(await tape.has(chat('two'))).toBe(false)
    expect(await answerOf(tape, chat('one'))).toBe('"1"')
  })

  it('answers with what it says now', async () => {
    const tape = await edited((text) => text.replace('json: "2"', 'json: "22"'))
    expect(await answerOf(tape, chat('two'))).toBe('"22"')
  })

  it('plays an edit that makes two requests equal in the order of the file', async () => {
    const tape = await edited((text) => text.replace('content: two', 'content: one'))
    expect([await answerOf(tape, chat('one')), await answerOf(tape, chat('one'))]).toEqual(['"1"', '"2"'])
  })

  it.each([
    ['no key', (text: string) => text.replace(/^key: .*\n/gm, '')],
    ['a key of an older form', (text: string) => text.replace(/^key: ([0-9a-f]{16}).*$/gm, 'key: $1')],
    ['a key that YAML takes for a number', (text: string) => text.replace(/^key: .*$/gm, 'key: 5e12345678901234')],
    [
      'keys that changed places',
      (text: string) =>
        text
          .replace(/^key: .*$/m, 'X')
          .replace(/^key: (.*)$/m, 'key: 0')
          .replace('X', 'key: 1')
    ],
    ['the key behind the request', (text: string) => text.replace(/^(key: .*\n)([^]*?)(?=^recorded)/gm, '$2$1')],
    ['the line ends of Windows', (text: string) => text.replaceAll('\n', '\r\n')],
    ['a byte order mark', (text: string) => `\ufeff${text}`],
    ['no line end at its end', (text: string) => text.trimEnd()],
    ['comments and empty lines', (text: string) => text.replace(/^request:/gm, '# why\n\nrequest:').replace(/^---$/gm, '---\n')],
    [
      'a flow map for a body',
      (text: string) =>
        text.replace(
          /json:\n {6}model: gpt-4o\n {6}messages:\n {8}- role: user\n {10}content: two/,
          'json: {messages: [{content: two, role: user}], model: gpt-4o}'
        )
    ]
  ])('is read with %s', async (_what, change) => {
    const tape = await edited(change)
    expect(tape.size).toBe(2)
    expect([await answerOf(tape, chat('one')), await answerOf(tape, chat('two'))]).toEqual(['"1"', '"2"'])
  })

  it('can be gone on with, whatever its line ends', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    await record(
      await openFile(path),
      makeInteraction(chat('one'), 'data: a\n\n', { headers: [['content-type', 'text/event-stream']] })
    )
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll('\n', '\r\n').trimEnd())
    await record(await openFile(path), makeInteraction(chat('two'), '"2"'))
    const tape = await openFile(path)
    expect([await answerOf(tape, chat('one')), await answerOf(tape, chat('two'))]).toEqual(['data: a\n\n', '"2"'])
  })

  it.each([
    ['none of its own', '', '', 'opens'],
    ['the same', 'ignore: [user]\n', 'ignore: [user]\n', 'opens'],
    ['none, behind one with rules', 'repeat: error\n', '', 'opens'],
    ['rules, behind one without', '', 'repeat: error\n', 'is refused'],
    ['others', 'ignore: [user]\n', 'ignore: [user, model]\n', 'is refused'],
    ['faults', '', 'faults: [status 429]\n', 'is refused'],
    ['a rule that nobody can follow', '', 'repeat: never\n', 'is refused']
  ])('joined from two, where the second has rules: %s', async (_what, first, second, outcome) => {
    await using folder = await temporaryFolder()
    for (const [name, rules] of [
      ['a', first],
      ['b', second]
    ] as const) {
      const path = folder.file(`${name}.yaml`)
      await record(await openFile(path), makeInteraction(chat(name), `"${name}"`))
      await writeFile(path, (await readFile(path, 'utf8')).replace('cassette: 1\n', `cassette: 1\n${rules}`))
    }
    const path = folder.file('c.yaml')
    const texts = await Promise.all(['a', 'b'].map((name) => readFile(folder.file(`${name}.yaml`), 'utf8')))
    await writeFile(path, texts[0]!)
    // As a file of its own, and behind one that is in play.
    const playing = await openFile(path)
    await writeFile(path, texts.join(''))
    const line = texts[0]!.split('\n').length
    if (outcome === 'opens') {
      for (const tape of [await openFile(path), playing]) {
        await tape.refresh()
        expect([tape.size, await answerOf(tape, chat('a')), await answerOf(tape, chat('b'))]).toEqual([2, '"a"', '"b"'])
        expect(tape.interactions()[1]!.place).toMatch(new RegExp(`:${line + texts[1]!.split('---\n')[0]!.split('\n').length}$`))
      }
    } else {
      await expect(openFile(path)).rejects.toThrow(new RegExp(`at line (?:${line}|${line + 2}|${line + 3})\\b`))
      await expect(playing.refresh()).rejects.toThrow('cannot be read')
    }
  })

  it('can be joined from two', async () => {
    await using folder = await temporaryFolder()
    const [one, two] = [folder.file('one.yaml'), folder.file('two.yaml')]
    await record(await openFile(one), makeInteraction(chat('one'), '"1"'))
    await record(await openFile(two), makeInteraction(chat('two'), '"2"'))
    await appendFile(one, await readFile(two))
    const tape = await openFile(one)
    expect([await answerOf(tape, chat('one')), await answerOf(tape, chat('two'))]).toEqual(['"1"', '"2"'])
  })
})

describe('appending', () => {
  it('keeps two at once whole, of one tape and of two', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('new', 'folder', 'tape.yaml')
    const [one, other] = [await openFile(path), await openFile(path)]
    const long = 'x'.repeat(700_000)
    await record(one, makeInteraction(chat('first')))
    await Promise.all(
      [0, 1, 2, 3, 4, 5].map((index) =>
        record(index % 2 === 0 ? one : other, makeInteraction(chat(`${index}`), JSON.stringify(long + index)))
      )
    )
    const tape = await openFile(path)
    expect(tape.size).toBe(7)
    for (const index of [0, 1, 2, 3, 4, 5]) expect((await answerOf(tape, chat(`${index}`))).length).toBe(long.length + 3)
  })

  it('writes nothing where the check throws, no file beside it either, and goes on', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('deep', 'tape.yaml')
    const tape = await openFile(path)
    const seen: string[] = []
    const refused = tape.append(makeInteraction(chat('secret'), binary(70_000)), (text) => {
      seen.push(text)
      throw new CassetteError('cassette_secret', 'no')
    })
    await expect(refused).rejects.toThrow('no')
    expect(seen[0]).toContain('content: secret')
    expect(await readdir(folder.path)).toEqual([])
    expect([tape.size, await tape.has(chat('secret'))]).toEqual([0, false])
    await record(tape, makeInteraction(chat('one'), '1'))
    expect(await answerOf(await openFile(path), chat('one'))).toBe('1')
  })

  it('shows the check what goes into a file beside the cassette, too', async () => {
    await using folder = await temporaryFolder()
    const tape = await openFile(folder.file('tape.yaml'))
    const bytes = Buffer.concat([binary(70_000), Buffer.from('canary')])
    const seen: string[] = []
    await tape.append(makeInteraction(chat('a'), bytes), (text) => void seen.push(text))
    expect(seen.map((text) => text.includes('canary'))).toEqual([false, true])
  })

  it('shows the check a stream as it was sent, too: short lines leave out what a secret may be spread over', async () => {
    await using folder = await temporaryFolder()
    const tape = await openFile(folder.file('tape.yaml'))
    const stream = ['can', 'ary'].map((content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`).join('')
    const seen: string[] = []
    const interaction = makeInteraction(chat('a'), stream, { headers: [['content-type', 'text/event-stream']] })
    await tape.append(interaction, (text) => void seen.push(text))
    expect(seen).toEqual([expect.stringContaining('.content "ary"'), stream])
    const again = tape.append(interaction, (text) => {
      if (text === stream) throw new Error('a secret')
    })
    await expect(again).rejects.toThrow('a secret')
    expect(tape.size).toBe(1)
  })

  it('tells of a place that cannot be written, and forgets what it could not write', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('later', 'tape.yaml')
    const tape = await openFile(path)
    await writeFile(folder.file('later'), 'a file')
    const failed = tape.append(makeInteraction(chat('one')), () => undefined)
    await expect(failed).rejects.toMatchObject({
      name: 'CassetteError',
      code: 'cassette_unwritable',
      message: `Cannot write the cassette ${path}: a part of its path is a file. Make it writable, or name another place.`
    })
    expect(tape.size).toBe(0)
    await rm(folder.file('later'))
    await record(tape, makeInteraction(chat('one'), '1'))
    expect(await answerOf(await openFile(path), chat('one'))).toBe('1')
  })

  it('begins a new cassette where the file was deleted meanwhile', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    const tape = await openFile(path)
    await record(tape, makeInteraction(chat('one')))
    await rm(path)
    await record(tape, makeInteraction(chat('two'), '"2"'))
    expect(await answerOf(await openFile(path), chat('two'))).toBe('"2"')
  })
})

describe('a cassette of 20,000', () => {
  it('opens, answers the first and the last, and explains a miss', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    // Written once, and then with other numbers: what proves each document would take most of the test.
    const written = writeInteraction(makeInteraction(chat('number 0'), '"answer 0"'), memoryFiles())
    const documents = Array.from({ length: 20_000 }, (_, index) => {
      const text = written.slice(written.indexOf('\n') + 1).replaceAll(/(number|answer) 0/g, `$1 ${index}`)
      return SEPARATOR + writeKeyLine(matchKeys(chat(`number ${index}`)), text) + text
    })
    await writeFile(path, HEADER_TEXT + documents.join(''))
    const tape = await openFile(path)
    expect(tape.size).toBe(20_000)
    expect([await answerOf(tape, chat('number 0')), await answerOf(tape, chat('number 19999'))]).toEqual([
      '"answer 0"',
      '"answer 19999"'
    ])
    const answer = await tape.take(chat('number 12345 please'))
    expect(answer.kind === 'miss' && answer.nearest?.differences[0]?.path).toBe('messages[0].content')
  })
})
