/** How tokens are written, and that no message shows one. */
import { describe, expect, it } from 'vitest'
import { readTokens } from '../../src/config/tokens.ts'
import { hashToken } from '../../src/firewall/caller.ts'
import { problemsOf } from './load-from.ts'

const read = (value: unknown): unknown => readTokens(value, (limits) => limits)
const HASH = hashToken('first-token')

describe('tokens', () => {
  it.each<[unknown]>([
    [`team-a:first-token`],
    [` team-a : first-token ,`],
    [`team-a:sha256:${HASH}`],
    [`team-a:SHA256:${HASH.toUpperCase()}`],
    [{ 'team-a': 'first-token' }],
    [{ 'team-a': `sha256:${HASH}` }],
    [{ 'team-a': { token: 'first-token' } }],
    [{ 'team-a': { sha256: HASH } }]
  ])('are kept as hashes alone: %j', (value) => expect(read(value)).toEqual([{ name: 'team-a', sha256: HASH }]))

  it('may hold colons', () => {
    expect(read('a:b:c')).toEqual([{ name: 'a', sha256: hashToken('b:c') }])
  })
})

describe('a message about them', () => {
  it.each<[unknown, string]>([
    ['first-token', 'its entry 1 has no name'],
    ['a:x-1,first-token', 'its entry 2 has no name'],
    ['a b:first-token', 'its entry 1 has no good name'],
    ['a:', 'the token of a is empty'],
    ['a:first token', 'the token of a is empty, or holds a character'],
    ['a:unused', 'the token of a is what clients send in place of a key'],
    ['a:sha256:first-token', 'the sha256 of a is not 64 hex digits'],
    ['a:first-token,a:second-token', 'names a twice'],
    [`a:first-token,b:sha256:${HASH}`, 'gives a and b the same token'],
    [{ a: { token: 'first-token', sha256: HASH } }, 'a needs either a token or its sha256'],
    [{ a: {} }, 'a needs either a token or its sha256'],
    [{ a: { token: 'first-token', maxTokens: 'lots' } }, 'a: maxTokens: "lots" is no whole number'],
    [{ a: { token: 'first-token', maxTokns: 1 } }, 'Known are token, sha256, allowedModels, maxTokens, rateLimit'],
    [['first-token'], 'is no set of tokens'],
    [{}, 'names no token']
  ])('%j says what to do and shows no token', (value, words) => {
    const [problem, ...others] = problemsOf({ files: { 'openai-proxy.config.json': JSON.stringify({ proxyTokens: value }) } })
    expect(problem).toContain(words)
    expect(problem).not.toMatch(/(first|second)[- ]token/)
    expect(others).toEqual([])
  })
})
