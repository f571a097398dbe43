/** What is kept of an answer: up to a bound, and of what is too large to be recorded no more than the log shows. */
import { describe, expect, it } from 'vitest'
import { createCapture, type Capture } from '../../src/pipeline/capture.ts'

const LIMITS = { log: 10, json: 20, recording: 30 }
const TEXT = [['content-type', 'text/plain']] as const

function kept(capture: Capture): string {
  return Buffer.concat(capture.body().chunks.map(({ bytes }) => bytes)).toString()
}

function fill(capture: Capture, ...pieces: readonly string[]): Capture {
  for (const [at, piece] of pieces.entries()) capture.add(Buffer.from(piece), at)
  return capture
}

describe('a captured answer', () => {
  it('is whole up to the bound of what it is kept for', () => {
    const logged = fill(createCapture(TEXT, false, LIMITS), 'a'.repeat(8), 'b'.repeat(8))
    expect([kept(logged), logged.body().size, logged.body().truncated]).toEqual([`${'a'.repeat(8)}bb`, 16, true])
    const recorded = fill(createCapture(TEXT, true, LIMITS), 'a'.repeat(20), 'b'.repeat(10))
    expect([kept(recorded), recorded.body().truncated]).toEqual([`${'a'.repeat(20)}${'b'.repeat(10)}`, false])
  })

  it('that is larger than a recording may be lets go of all but the beginning', () => {
    const pieces = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(7))
    const capture = fill(createCapture(TEXT, true, LIMITS), ...pieces, 'f', 'g'.repeat(100))
    expect(kept(capture)).toBe('a'.repeat(7) + 'b'.repeat(7))
    expect(capture.body()).toMatchObject({ size: 136, truncated: true })
  })
})
