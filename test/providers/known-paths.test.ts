/** The lists of known endpoints: complete against OpenAI's own description and both clients, and no wider. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ANTHROPIC_PATHS } from '../../src/providers/anthropic-paths.data.ts'
import { createKnownPaths } from '../../src/providers/known-paths.ts'
import { providers } from '../../src/providers/index.ts'
import { OPENAI_PATHS } from '../../src/providers/openai-paths.data.ts'
import type { ProviderName } from '../../src/providers/provider.ts'

const OPERATIONS = (
  JSON.parse(readFileSync(new URL('../../fixtures/openapi/openai-operations.json', import.meta.url), 'utf8')) as {
    operation: string
  }[]
).map(({ operation }) => operation)

function known(provider: ProviderName, operation: string): boolean {
  const [method, path] = operation.split(' ') as [string, string]
  return providers[provider].readCall({ method, path: `/v1${path}`, content: { kind: 'none' } }).known
}

/** `METHOD /path` of every line of a list. */
function operationsOf(list: string): string[] {
  return list
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [path, ...methods] = line.split(' ')
      return methods.map((method) => `${method} ${path}`)
    })
}

/** The paths that a client's sources call without an id in them. */
function clientCalls(client: string): string[] {
  const folder = fileURLToPath(new URL(`../../node_modules/${client}/resources/`, import.meta.url))
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mjs'))
  const calls = files.flatMap((name) => [
    ...readFileSync(folder + name, 'utf8').matchAll(/_client\.(get|post|put|patch|delete|getAPIList)\('(?:\/v1)?(\/[^'?]+)/g)
  ])
  return calls.map(([, method, path]) => `${method === 'getAPIList' ? 'GET' : method!.toUpperCase()} ${path}`)
}

describe('the list of OpenAI', () => {
  it('is exactly what its own description names', () => {
    const described = new Set(OPERATIONS.map((operation) => operation.replaceAll(/\{\w+\}/g, '{id}')))
    expect(new Set(operationsOf(OPENAI_PATHS))).toEqual(described)
  })

  it('makes every one of them a known endpoint', () => {
    expect(OPERATIONS.filter((operation) => !known('openai', operation.replaceAll(/\{\w+\}/g, 'abc_123')))).toEqual([])
  })

  it('has every plain path that the official client calls', () => {
    // Listed with POST by the client, for a body: the description has POST for these too.
    const calls = clientCalls('openai').filter((operation) => !/certificates\/(de)?activate$/.test(operation))
    expect(calls.length).toBeGreaterThan(60)
    expect(calls.filter((operation) => !known('openai', operation))).toEqual([])
  })
})

describe('the list of Anthropic', () => {
  it('has what the official client calls of messages, models, files and skills', () => {
    const calls = clientCalls('@anthropic-ai/sdk').filter((operation) =>
      /^\w+ \/(messages|models|files|skills|complete)\b/.test(operation)
    )
    expect(calls.length).toBeGreaterThan(6)
    expect(calls.filter((operation) => !known('anthropic', operation))).toEqual([])
    expect(operationsOf(ANTHROPIC_PATHS).filter((operation) => !known('anthropic', operation.replaceAll('{id}', 'x')))).toEqual(
      []
    )
  })

  it('does not have hosted agents, whose prompts it does not know', () => {
    expect(known('anthropic', 'POST /agents')).toBe(false)
    expect(known('anthropic', 'POST /sessions/s/events')).toBe(false)
  })
})

describe('an endpoint', () => {
  it.each([
    'POST /new',
    'PUT /chat/completions',
    'GET /embeddings',
    'OPTIONS /models',
    'POST /chat/completions/extra/more',
    'post /responses'
  ])('%s is unknown', (operation) => expect(known('openai', operation)).toBe(false))

  it.each([
    'HEAD /models',
    'GET /files/content',
    'GET /files/content/content',
    'GET /models/ft:gpt-4o:org::1',
    'POST /deployments/mine/chat/completions'
  ])('%s is known', (operation) => expect(known('openai', operation)).toBe(true))

  it('needs an id where one belongs', () => {
    const fits = createKnownPaths('/files/{id} GET')
    expect([fits('GET', '/files/a'), fits('GET', '/files/'), fits('GET', '/files'), fits('GET', '/files/a/')]).toEqual([
      true,
      false,
      false,
      false
    ])
  })
})
