/** Sketches find the document most like another, whatever its length and wherever it differs. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createLikeness } from '../../src/cassettes/likeness.ts'

const words = (seed: number, count: number): string =>
  Array.from({ length: count }, (_, index) => createHash('md5').update(`${seed} ${index}`).digest('hex').slice(0, 6)).join(' ')

interface Parts {
  readonly url?: string
  readonly lines: readonly string[]
  readonly answer?: string
}

function documentOf({ url = 'https://api.openai.com/v1/chat/completions', lines, answer = 'ok' }: Parts): Buffer {
  const content = lines.map((line) => `        ${line}\n`).join('')
  return Buffer.from(
    `key: x\nrequest:\n  method: POST\n  url: ${url}\n  body:\n    text: |\n${content}response:\n  status: 200\n  body:\n    text: ${answer}\nrecorded: {}\n`
  )
}

function likenessOf(documents: readonly Buffer[]): ReturnType<typeof createLikeness> {
  const likeness = createLikeness()
  for (const document of documents) likeness.add(document)
  return likeness
}

describe('the likeliest', () => {
  it('is itself, then the one that shares most', () => {
    const documents = Array.from({ length: 50 }, (_, index) =>
      documentOf({ lines: [words(0, 20), words(index + 100, 6), words(index >> 3, 30)] })
    )
    const found = likenessOf(documents).find(documents[20]!, 8)
    expect(found[0]).toBe(20)
    // The others of its group of eight.
    expect(found.toSorted((a, b) => a - b)).toEqual([16, 17, 18, 19, 20, 21, 22, 23])
  })

  it.each([
    ['short', 1],
    ['of many lines', 300]
  ])('is found by one long line of which a word has changed: %s', (_what, others) => {
    const shared = Array.from({ length: others }, (_, index) => words(index, 8))
    const lines = (index: number, more = ''): string[] => [
      ...shared.slice(1),
      `${words(index, 60)} ${more}${words(index + 500, 60)}`
    ]
    const documents = Array.from({ length: 200 }, (_, index) => documentOf({ lines: lines(index) }))
    expect(likenessOf(documents).find(documentOf({ lines: lines(123, 'changed ') }), 5)).toContain(123)
  })

  it('is of the same address, however alike the others are', () => {
    const same = documentOf({ url: 'https://api.openai.com/v1/responses', lines: [words(1, 50)] })
    const other = documentOf({ lines: [words(2, 50)] })
    expect(likenessOf([same, other]).find(documentOf({ lines: [words(1, 50)] }), 2)).toEqual([1, 0])
  })

  it('does not depend on answers, indentation or the line ends of Windows', () => {
    const near = documentOf({ lines: [words(1, 30), words(2, 30)], answer: words(9, 300) })
    const far = documentOf({ lines: [words(1, 30), words(3, 30)], answer: 'ok' })
    const wanted = documentOf({ lines: [`    ${words(1, 30)}`, words(2, 30)], answer: 'ok' })
    expect(likenessOf([far, near]).find(wanted, 1)).toEqual([1])
    expect(likenessOf([far, near]).find(Buffer.from(wanted.toString().replaceAll('\n', '\r\n')), 1)).toEqual([1])
  })

  it('takes documents of any form, and none', () => {
    const likeness = likenessOf(['', 'request:', 'x'.repeat(50_000), '\n\n\n'].map((text) => Buffer.from(text)))
    expect(likeness.find(Buffer.from(''), 10)).toHaveLength(4)
    expect(createLikeness().find(documentOf({ lines: ['a'] }), 10)).toEqual([])
  })
})
