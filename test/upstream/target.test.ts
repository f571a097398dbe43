/** Where a base URL and a provider's path lead. */
import { describe, expect, it } from 'vitest'
import { createTarget } from '../../src/upstream/target.ts'

describe('createTarget', () => {
  it.each([
    ['https://api.openai.com/v1', '/v1/models'],
    ['https://api.openai.com/v1/', '/v1/models'],
    ['https://api.openai.com', '/v1/models'],
    ['https://api.openai.com/', '/v1/models'],
    ['https://host.test/prefix/v1', '/prefix/v1/models'],
    ['https://host.test/prefix', '/prefix/models'],
    ['https://host.test/v1beta/openai/', '/v1beta/openai/models']
  ])('OpenAI %s leads to %s', (base, path) => {
    expect(createTarget('openai', base).path('/v1/models')).toBe(path)
  })

  it.each([
    ['https://api.anthropic.com', '/v1/messages'],
    ['https://api.anthropic.com/v1', '/v1/messages'],
    ['https://host.test/prefix/', '/prefix/v1/messages'],
    ['https://host.test/prefix/v1/', '/prefix/v1/messages']
  ])('Anthropic %s leads to %s', (base, path) => {
    expect(createTarget('anthropic', base).path('/v1/messages')).toBe(path)
  })

  it('keeps the query, and cuts only the version', () => {
    const target = createTarget('openai', 'https://host.test/p/v1')
    expect(target.path('/v1/files?limit=2&after=/v1/x')).toBe('/p/v1/files?limit=2&after=/v1/x')
    expect(target.path('/v1x/files')).toBe('/p/v1/v1x/files')
  })

  it('names host and port, and keeps credentials out of the origin', () => {
    expect(createTarget('openai', 'http://127.0.0.1:9999/v1')).toMatchObject({
      origin: 'http://127.0.0.1:9999',
      host: '127.0.0.1:9999'
    })
    expect(createTarget('openai', 'https://user:pass@host.test/v1').origin).toBe('https://host.test')
  })

  it.each(['not a url', 'ftp://host.test', 'host.test/v1', ''])('refuses %j without repeating it', (base) => {
    expect(() => createTarget('openai', base)).toThrow(
      /base URL of the openai upstream .* Write it like https:\/\/api\.openai\.com\/v1/
    )
  })
})
