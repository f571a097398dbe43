/** Which addresses belong to a cassette. */
import { expect, test } from 'vitest'
import { below, hostsOf } from '../../src/msw/hosts.ts'
import { providers } from '../../src/providers/index.ts'

test('the public addresses are those of the providers', () => {
  for (const name of ['openai', 'anthropic'] as const) {
    const fitting = hostsOf({}).filter(({ pattern }) => pattern.test(`${providers[name].origin}/v1/models`))
    expect(fitting.map(({ provider }) => provider)).toEqual([name])
  }
  expect(hostsOf({})).toHaveLength(2)
})

test('upstreams of the options come first, and what is no address is left to whoever reads the options', () => {
  const hosts = hostsOf({ openaiApiBaseUrl: 'http://localhost:8080/v1/', anthropicApiBaseUrl: 'nonsense' })
  expect(hosts.map(({ provider }) => provider)).toEqual(['openai', 'openai', 'anthropic'])
  expect(hosts[0]!.pattern.test('http://localhost:8080/v1/chat/completions')).toBe(true)
})

test.each([
  ['http://localhost:8080/v1', 'http://localhost:8080/v1', true],
  ['http://localhost:8080/v1', 'http://localhost:8080/v1/models?limit=1', true],
  ['http://localhost:8080/v1/', 'http://localhost:8080/v1/models', true],
  ['http://localhost:8080/v1', 'http://localhost:8080/v10/models', false],
  ['http://localhost:8080/v1', 'http://localhost:80801/v1/models', false],
  ['https://api.openai.com', 'https://api.openai.com.example/v1', false],
  ['https://api.openai.com', 'https://apixopenai.com/v1', false],
  ['http://h/a(b)+c', 'http://h/a(b)+c/v1', true],
  ['http://h/', 'http://other/http://h/v1', false]
])('below %s: %s is %s', (base, address, fits) => {
  expect(below(base).test(address)).toBe(fits)
})
