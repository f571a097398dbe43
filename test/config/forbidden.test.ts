/** The list of forbidden instructions as people write it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readForbidden } from '../../src/config/forbidden.ts'

describe('forbidden instructions', () => {
  it.each([
    [
      'system:*jailbreak*,*:*ignore previous instructions*',
      [
        ['system', '*jailbreak*'],
        ['*', '*ignore previous instructions*']
      ]
    ],
    ['*jailbreak*', [['*', '*jailbreak*']]],
    [
      ' System : *x* , ,user:*y*,',
      [
        ['system', '*x*'],
        ['user', '*y*']
      ]
    ],
    [
      'tool:*a\\,b*,*:c',
      [
        ['tool', '*a,b*'],
        ['*', 'c']
      ]
    ],
    ['*look here: now*', [['*', '*look here: now*']]],
    ['say this: now', [['*', 'say this: now']]],
    [':*x*', [['*', ':*x*']]],
    ['user:a:b', [['user', 'a:b']]],
    ['*::*', [['*', ':*']]],
    [
      'schema:*x*,developer:*y*,unknown:*z*,assistant:*w*',
      [
        ['schema', '*x*'],
        ['developer', '*y*'],
        ['unknown', '*z*'],
        ['assistant', '*w*']
      ]
    ],
    ['*:C:\\dir\\*', [['*', 'C:\\dir\\*']]]
  ] as const)('%s', (text, expected) => {
    expect(readForbidden(text)).toEqual(expected.map(([role, pattern]) => ({ role, pattern })))
  })

  it.each([
    ['sytem:*x*', '"sytem" is no role. Write one of system, developer, user'],
    ['https://evil.test*', '"https" is no role'],
    ['system:', 'has no pattern'],
    ['system:*x*,user: ', 'has no pattern'],
    ['', 'names no instruction'],
    [' , ,', 'names no instruction']
  ])('%j is an error', (text, message) => {
    expect(() => readForbidden(text)).toThrow(message)
  })

  it('in a list, commas and backslashes are the pattern’s own', () => {
    expect(readForbidden(['user:*a,b\\,c*', { role: '*', pattern: 'user:x' }])).toEqual([
      { role: 'user', pattern: '*a,b\\,c*' },
      { role: '*', pattern: 'user:x' }
    ])
  })

  it('no pattern is lost or joined, whatever it holds', () => {
    const pattern = fc.string({ minLength: 1 }).map((text) => `*${text.replace(/[\\:]/g, '').trim()}*`)
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1 }), (patterns) => {
        const text = patterns.map((one) => `user:${one.replaceAll(',', '\\,')}`).join(',')
        expect(readForbidden(text)).toEqual(patterns.map((one) => ({ role: 'user', pattern: one })))
      })
    )
  })
})
