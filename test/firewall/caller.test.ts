/** Tokens of callers: taken where they may stand, refused where they are wrong, and never passed on. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { hashToken, identifyCaller, withoutProxyTokens, type ProxyToken } from '../../src/firewall/caller.ts'
import type { HeaderList } from '../../src/http/message.ts'

const tokens: readonly ProxyToken[] = [
  { name: 'team-a', sha256: hashToken('first-token') },
  { name: 'team-b', sha256: hashToken('second-token') }
]

/** The caller's name, or the code of the refusal. */
function who(headers: HeaderList): string {
  const caller = identifyCaller(tokens, headers)
  return caller.kind === 'known' ? caller.token.name : caller.error.code
}

describe('a token', () => {
  it.each<[string, HeaderList]>([
    ['as a bearer', [['Authorization', 'Bearer first-token']]],
    ['whatever the case of the scheme and the spaces', [['AUTHORIZATION', 'bearer   first-token ']]],
    ["as Anthropic's key", [['x-api-key', 'first-token']]],
    ['in its own header', [['X-OpenAI-Proxy-Token', 'first-token']]],
    [
      'in its own header beside a key of the client',
      [
        ['authorization', 'Bearer other'],
        ['x-openai-proxy-token', 'first-token']
      ]
    ],
    [
      'beside the placeholder of a key',
      [
        ['authorization', 'Bearer unused'],
        ['x-api-key', 'first-token']
      ]
    ],
    [
      'sent twice alike',
      [
        ['x-api-key', 'first-token'],
        ['x-api-key', 'first-token']
      ]
    ]
  ])('is taken %s', (_, headers) => expect(who(headers)).toBe('team-a'))

  it('is SHA-256 of its bytes, as sha256sum says it', () => {
    expect(hashToken('first-token')).toBe(createHash('sha256').update('first-token').digest('hex'))
  })
})

describe('a request is refused', () => {
  it.each<[string, HeaderList]>([
    ['nothing', []],
    ['an empty bearer', [['authorization', 'Bearer ']]],
    ['the placeholder of a key', [['authorization', 'Bearer openai-proxy']]],
    [
      'another header',
      [
        ['proxy-authorization', 'Bearer first-token'],
        ['cookie', 'first-token']
      ]
    ]
  ])('for a missing token with %s', (_, headers) => expect(who(headers)).toBe('proxy_token_required'))

  it.each<[string, HeaderList]>([
    ['a wrong one', [['authorization', 'Bearer first-toke']]],
    ['another case', [['authorization', 'Bearer First-Token']]],
    ['its hash', [['authorization', `Bearer ${hashToken('first-token')}`]]],
    ['its hash as the setting has it', [['x-api-key', `sha256:${hashToken('first-token')}`]]],
    ['a name', [['x-api-key', 'team-a']]],
    ['another scheme', [['authorization', 'Basic first-token']]],
    [
      'a wrong one in its own header, whatever the key',
      [
        ['x-openai-proxy-token', 'wrong'],
        ['authorization', 'Bearer first-token']
      ]
    ],
    [
      'two callers at once',
      [
        ['x-api-key', 'first-token'],
        ['x-api-key', 'second-token']
      ]
    ]
  ])('for an invalid token with %s', (_, headers) => expect(who(headers)).toBe('proxy_token_invalid'))

  it('as 401, not to be tried again, without a word of what was sent', () => {
    const caller = identifyCaller(tokens, [['x-api-key', 'something-secret']])
    expect(caller).toMatchObject({ kind: 'refused', error: { status: 401, type: 'authentication_error', retry: false } })
    expect(JSON.stringify(caller)).not.toContain('something-secret')
  })
})

describe('what the upstream sees', () => {
  it('is every header but those with a token in them, in their order and case', () => {
    const headers: HeaderList = [
      ['Authorization', 'Bearer own-key'],
      ['X-Api-Key', 'second-token'],
      ['Accept', '*/*'],
      ['x-openai-proxy-token', 'anything'],
      ['api-key', 'first-token']
    ]
    expect(withoutProxyTokens(tokens, headers)).toEqual([
      ['Authorization', 'Bearer own-key'],
      ['Accept', '*/*']
    ])
  })
})
