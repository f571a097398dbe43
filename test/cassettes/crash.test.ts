/** A recording that is cut off anywhere loses nothing that was written before, says so, and can be gone on with. */
import { copyFile, readFile, truncate, writeFile } from 'node:fs/promises'
import { describe, expect, it, vi } from 'vitest'
import { HEADER_TEXT } from '../../src/cassettes/document.ts'
import { SEPARATOR } from '../../src/cassettes/separator.ts'
import { splitText } from './split-text.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { answerOf, chat, makeInteraction, openFile, record } from './make-interaction.ts'

// Slow machines take their time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 60_000 })

const STREAM = 'data: {"choices":[{"delta":{"content":"é 日本 \\ud83d"}}]}\n\ndata: [DONE]\n\n'

/** A cassette of three, of which the last holds characters of many bytes, and lines like those that end a document. */
async function makeCassette(path: string): Promise<Buffer> {
  const stream = makeInteraction(chat('recorded: {at: x}\n---\nkey: é'), STREAM, {
    headers: [['content-type', 'text/event-stream']],
    timing: [3, 4]
  })
  await record(await openFile(path), makeInteraction(chat('one'), '{"n":1}'), makeInteraction(chat('two'), '{"n":2}'), stream)
  return readFile(path)
}

describe('a cassette cut off at any byte', () => {
  it('keeps every whole interaction, reports the rest, and goes on whole', async () => {
    await using folder = await temporaryFolder()
    const bytes = await makeCassette(folder.file('whole.yaml'))
    const lastAt = bytes.lastIndexOf('\n---\n') + 1
    const path = folder.file('cut.yaml')
    for (let end = lastAt; end < bytes.length; end += 1) {
      await writeFile(path, bytes.subarray(0, end))
      const reports: string[] = []
      const tape = await openFile(path, reports)
      // Without its last line end alone, the last one is whole.
      const isWhole = end === bytes.length - 1
      expect(tape.size, `cut at ${end}`).toBe(isWhole ? 3 : 2)
      expect(reports.length, `cut at ${end}`).toBe(isWhole || end === lastAt ? 0 : 1)
      expect([await answerOf(tape, chat('one')), await answerOf(tape, chat('two'))]).toEqual(['{"n":1}', '{"n":2}'])
      await record(tape, makeInteraction(chat('three'), '{"n":3}'))
      const again = await openFile(path, reports)
      expect(again.size, `cut at ${end}`).toBe(isWhole ? 4 : 3)
      expect(reports.length).toBeLessThan(2)
      expect(await answerOf(again, chat('three'))).toBe('{"n":3}')
    }
  })

  it('keeps at every byte of the file what was whole before it', async () => {
    await using folder = await temporaryFolder()
    const bytes = await makeCassette(folder.file('whole.yaml'))
    const ends = [...bytes.toString('latin1').matchAll(/\nrecorded: .*\}/g)].map(({ index, 0: line }) => index + line.length)
    expect(ends).toHaveLength(3)
    const path = folder.file('cut.yaml')
    for (let cut = bytes.length; cut >= 0; cut -= 1) {
      await truncate(folder.file('whole.yaml'), cut)
      await copyFile(folder.file('whole.yaml'), path)
      const tape = await openFile(path)
      const whole = ends.filter((end) => end <= cut).length
      expect(tape.size, `cut at ${cut}`).toBe(whole)
      for (const name of ['one', 'two'].slice(0, whole)) expect((await tape.take(chat(name))).kind, `cut at ${cut}`).toBe('hit')
    }
  })

  it('loses nothing to the zeros that a crash of the machine may leave at its end', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    const bytes = await makeCassette(path)
    for (const end of [bytes.length, bytes.length - 40]) {
      await writeFile(path, Buffer.concat([bytes.subarray(0, end), Buffer.alloc(5000)]))
      const reports: string[] = []
      const tape = await openFile(path, reports)
      expect([tape.size, reports.length]).toEqual([end === bytes.length ? 3 : 2, 1])
      await record(tape, makeInteraction(chat('four'), '"4"'))
      const again = await openFile(path)
      expect([again.size, await answerOf(again, chat('four'))]).toEqual([tape.size, '"4"'])
      expect((await readFile(path)).includes(0)).toBe(false)
    }
  })

  it('says what happened and what is still there', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    const bytes = await makeCassette(path)
    await truncate(path, bytes.length - 20)
    const reports: string[] = []
    await openFile(path, reports)
    expect(reports).toEqual([
      'The cassette tape.yaml ends in an interaction that was not written to its end (a recording was cut off). ' +
        'It is left out; all others are there.'
    ])
  })

  it('begins anew where the cut is in its header or its first interaction', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    await record(await openFile(path), makeInteraction(chat('one')))
    const bytes = await readFile(path)
    for (let end = 0; end < bytes.length - 1; end += 1) {
      await writeFile(path, bytes.subarray(0, end))
      const tape = await openFile(path)
      expect(tape.size).toBe(0)
      expect(await tape.take(chat('one'))).toEqual({ kind: 'miss', reason: 'none', recorded: 0, equal: 0, nearest: undefined })
      await record(tape, makeInteraction(chat('one')))
      expect(await readFile(path)).toEqual(bytes)
    }
  })

  it('does not touch the file while it only replays', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    const bytes = (await makeCassette(path)).subarray(0, -30)
    await writeFile(path, bytes)
    const tape = await openFile(path)
    await answerOf(tape, chat('one'))
    await tape.take(chat('nobody'))
    expect(await readFile(path)).toEqual(bytes)
  })

  it('cuts nothing off that another process has finished meanwhile', async () => {
    await using folder = await temporaryFolder()
    const path = folder.file('tape.yaml')
    const bytes = await makeCassette(path)
    await writeFile(path, bytes.subarray(0, -30))
    const early = await openFile(path)
    expect(early.size).toBe(2)
    await writeFile(path, bytes)
    await record(early, makeInteraction(chat('four'), '{"n":4}'))
    const again = await openFile(path)
    expect(again.size).toBe(4)
    expect(await answerOf(again, chat('four'))).toBe('{"n":4}')
  })
})

describe('splitting a cassette', () => {
  const document = (name: string): string => `key: x\nrequest: ${name}\nrecorded: {at: x, ms: 1}\n`

  it('knows the line of each document', () => {
    const text = HEADER_TEXT + SEPARATOR + document('a') + SEPARATOR + document('b')
    const { documents } = splitText(text)
    const lines = text.split('\n')
    expect(documents.map(({ line }) => lines[line - 1])).toEqual(['key: x', 'key: x'])
    expect(documents.map(({ line }) => line)).toEqual([5, 9])
  })

  it.each([
    ['its own', HEADER_TEXT],
    ['one line', 'cassette: 1\n'],
    ['a separator before it', `---\n${HEADER_TEXT}`],
    ['a comment and an empty line before it', `# mine\n\n${HEADER_TEXT}`],
    ['a byte order mark', `\ufeff${HEADER_TEXT}`],
    ['the line ends of Windows', HEADER_TEXT.replaceAll('\n', '\r\n')]
  ])('takes a header with %s', (_what, header) => {
    const { header: found, documents } = splitText(header + SEPARATOR + document('a'))
    expect(found).toContain('cassette: 1')
    expect(documents.map(({ text }) => text)).toEqual([document('a')])
  })

  it('passes over empty documents and spaces behind separators', () => {
    const { documents } = splitText(`${HEADER_TEXT}---\n---\n\n--- \t\n${document('a')}---\n${document('b')}`)
    expect(documents.map(({ text }) => text)).toEqual([document('a'), document('b')])
  })

  it('takes two cassettes that were joined', () => {
    const one = HEADER_TEXT + SEPARATOR + document('a')
    expect(splitText(one + one + one).documents.map(({ text }) => text)).toEqual([document('a'), document('a'), document('a')])
  })
})
