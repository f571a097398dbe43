/** A library prints what it parses where a variable says so; cassettes and settings are never printed. */
import { afterEach, expect, it, vi } from 'vitest'
import { parseDocument } from 'yaml'
import { readYamlNodes } from '../../src/cassettes/formats/read-yaml.ts'
import { parseYaml } from '../../src/cassettes/parse-yaml.ts'
import { quietly } from '../../src/cassettes/quietly.ts'
import { readConfigFile } from '../../src/config/config-file.ts'
import { startProxy } from '../../src/index.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** Counts what is printed, and prints nothing. */
function listen(): () => number {
  const prints = (['log', 'dir'] as const).map((name) => vi.spyOn(console, name).mockImplementation(() => undefined))
  return () => prints.reduce((sum, { mock }) => sum + mock.calls.length, 0)
}

it.each(['LOG_TOKENS', 'LOG_STREAM'])('with %s nothing that is read is printed', async (name) => {
  vi.stubEnv(name, 'false')
  const printed = listen()
  parseDocument('a: 1')
  expect(printed(), 'the library does print').toBeGreaterThan(0)
  const before = printed()
  parseYaml('prompt: a secret')
  readYamlNodes('prompt: a secret')
  readConfigFile('openai-proxy.config.yaml', 'maxTokens: 5')
  await using proxy = await startProxy({ mode: 'replay', cassette: 'recordings/quickstart.yaml', listen: false, logFile: false })
  const body = JSON.stringify({
    model: 'gpt-4o',
    stream: false,
    messages: [{ role: 'user', content: 'What is the capital of France?' }]
  })
  const headers = { 'content-type': 'application/json' }
  const answer = await proxy.fetch(`${proxy.openaiBaseURL}/chat/completions`, { method: 'POST', headers, body })
  expect(answer.status).toBe(200)
  expect(printed()).toBe(before)
  expect(process.env[name]).toBe('false')
})

it('what fails leaves the variables as they were, too', () => {
  vi.stubEnv('LOG_TOKENS', 'true')
  expect(() =>
    quietly(() => {
      expect(process.env['LOG_TOKENS']).toBeUndefined()
      throw new Error('broken')
    })
  ).toThrow('broken')
  expect(process.env['LOG_TOKENS']).toBe('true')
})
