/** What a person sees and answers at a terminal: streams that are one, and streams that are not. */
import { PassThrough } from 'node:stream'
import type { ReadStream, WriteStream } from 'node:tty'
import { describe, expect, it } from 'vitest'
import { ask, progress, terminal } from '../../src/commands/console.ts'

/** A terminal: what is typed into it, and what it shows. */
function openTerminal(more: object = {}): {
  readonly input: ReadStream
  readonly output: WriteStream
  readonly shown: () => string
} {
  const [input, output] = [new PassThrough(), new PassThrough()]
  let shown = ''
  output.on('data', (chunk) => (shown += String(chunk)))
  return {
    input: Object.assign(input, { isTTY: true, setRawMode: () => input }) as unknown as ReadStream,
    output: Object.assign(output, { isTTY: true, columns: 40, ...more }) as unknown as WriteStream,
    shown: () => shown
  }
}

describe('a question', () => {
  it.each([
    ['y', true],
    ['yes', true],
    ['YES', true],
    [' y ', true],
    ['', false],
    ['n', false],
    ['yess', false],
    ['no, yes', false]
  ])('answered with "%s" is %s', async (typed, agreed) => {
    const { input, output, shown } = openTerminal()
    const answer = ask(input, output)!('Remove 2 interactions?')
    ;(input as unknown as PassThrough).write(`${typed}\n`)
    expect(await answer).toBe(agreed)
    expect(shown()).toContain('Remove 2 interactions? [y/N] ')
  })

  it('that nobody answers before the input ends is a no', async () => {
    const { input, output } = openTerminal()
    const answer = ask(input, output)!('Remove?')
    ;(input as unknown as PassThrough).end()
    expect(await answer).toBe(false)
  })

  it('after a question is asked anew', async () => {
    const { input, output } = openTerminal()
    const question = ask(input, output)!
    for (const [typed, agreed] of [
      ['n', false],
      ['y', true]
    ] as const) {
      const answer = question('Remove?')
      ;(input as unknown as PassThrough).write(`${typed}\n`)
      expect(await answer).toBe(agreed)
    }
  })

  it('cannot be asked where either side is no terminal', () => {
    const { input, output } = openTerminal()
    const none = new PassThrough()
    expect(ask(none as unknown as ReadStream, output)).toBeUndefined()
    expect(ask(input, none as unknown as WriteStream)).toBeUndefined()
  })
})

describe('progress', () => {
  it('is one line that is written over, no wider than the terminal, and free of what terminals obey', () => {
    const { output, shown } = openTerminal()
    const show = progress(output)!
    show(`1 of 2: ${'x'.repeat(100)}`)
    show('2 of 2: \u001b[31mred')
    show('')
    expect(shown()).toBe(`\r\u001b[K1 of 2: ${'x'.repeat(31)}\r\u001b[K2 of 2:  [31mred\r\u001b[K`)
  })

  it('is shown on no file', () => {
    expect(progress({ write: () => true })).toBeUndefined()
  })
})

describe('a terminal', () => {
  it.each([
    [
      { columns: 120, hasColors: () => true },
      { columns: 120, color: true }
    ],
    [
      { columns: 0, hasColors: () => false },
      { columns: 80, color: false }
    ],
    [{}, { columns: 40, color: false }]
  ])('with %o is %o', (more, expected) => {
    expect(terminal(openTerminal(more).output)).toEqual(expected)
  })

  it('is no file', () => {
    expect(terminal({ write: () => true })).toBeUndefined()
  })
})
