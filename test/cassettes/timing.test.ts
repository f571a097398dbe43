/** The line of times: short, and the same numbers again. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTiming, TIMING_LINE, writeTiming } from '../../src/cassettes/timing.ts'

describe('a line of times', () => {
  it.each([
    [[], ''],
    [[0], '0'],
    [[312], '312'],
    [[312, 29, 9], '312 +29 +9'],
    [[5, 5, 5], '5 +5x2'],
    [[3, 0, 0, 0, 7, 7], '3 +0x3 +7x2'],
    [[1.5, 2.25], '1.5 +2.25']
  ])('%j is written "%s"', (body, line) => {
    expect(writeTiming({ interim: [], body })).toBe(line)
    expect(readTiming(line)).toEqual({ interim: [], body })
  })

  it.each([
    [[40], [312, 29], '(40) 312 +29'],
    [[40, 2, 2], [312], '(40 +2x2) 312'],
    [[0], [], '(0)']
  ])('of interim answers %j and a body %j is written "%s"', (interim, body, line) => {
    expect(writeTiming({ interim, body })).toBe(line)
    expect(readTiming(line)).toEqual({ interim, body })
    expect(line).toMatch(TIMING_LINE)
  })

  it('gives any times back, and looks as the format says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3), { maxLength: 5 }),
        fc.array(fc.nat(3), { minLength: 1, maxLength: 200 }),
        (interim, body) => {
          const line = writeTiming({ interim, body })
          expect(readTiming(line)).toEqual({ interim, body })
          expect(line).toMatch(TIMING_LINE)
        }
      )
    )
  })

  it('is short for a long stream', () => {
    expect(writeTiming({ interim: [], body: [9, ...Array.from({ length: 1_200_000 }, () => 0)] })).toBe('9 +0x999999 +0x200001')
  })

  it.each([
    '+1',
    '1 2',
    '1, +2',
    '1 +2x',
    '1 +-2',
    '-1',
    '1e3',
    'soon',
    '1 +2x0000001',
    '',
    '()',
    '(1',
    '1 (2)',
    '(1)2',
    '(1) +2'
  ])('"%s" is none', (line) => {
    expect(line).not.toMatch(TIMING_LINE)
  })
})
