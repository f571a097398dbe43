/** One suite of tests, written for each way to have a test answered without the API: what stands at the top of a file, and what sets it up. */
import { missingPackage } from '../harness/machine.mjs'
import { chatAnswer } from '../traffic/chat.mjs'

const ASK = `
const ask = async (options, content) => {
  const client = new OpenAI({ apiKey: 'sk-bench', maxRetries: 0, ...options })
  const { choices } = await client.chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }] })
  return choices[0].message.content
}
`
const ANSWER = `const ANSWER = ${chatAnswer(1)}\n`
const API = 'https://api.openai.com/v1'

/** `head` of a test file for an API at `origin`; `given` are a test's arguments, `options` those of its client. */
const direct = {
  name: 'no proxy',
  kind: 'floor',
  missing: () => undefined,
  files: ({ origin }) => ({
    head: `import { test, expect } from 'vitest'\nconst options = { baseURL: '${origin}/v1' }\n`,
    given: '',
    options: 'options'
  })
}

const msw = {
  name: 'MSW handlers',
  kind: 'peer',
  missing: () => missingPackage('msw'),
  files: () => ({
    head: `
import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, beforeAll, expect, test } from 'vitest'
${ANSWER}
const server = setupServer(http.post('${API}/chat/completions', () => HttpResponse.json(ANSWER)))
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }))
afterAll(() => server.close())
const options = { baseURL: '${API}' }
`,
    given: '',
    options: 'options'
  })
}

const nock = {
  name: 'nock',
  kind: 'peer',
  missing: () => missingPackage('nock'),
  files: () => ({
    head: `
import nock from 'nock'
import { afterAll, beforeAll, expect, test } from 'vitest'
${ANSWER}
beforeAll(() => {
  nock.disableNetConnect()
  nock('https://api.openai.com').persist().post('/v1/chat/completions').reply(200, ANSWER)
})
afterAll(() => nock.restore())
const options = { baseURL: '${API}' }
`,
    given: '',
    options: 'options'
  })
}

const polly = {
  name: 'Polly',
  kind: 'peer',
  missing: () => missingPackage('@pollyjs/core'),
  record: { POLLY_MODE: 'record' },
  files: ({ origin }) => ({
    head: `
import { afterEach, beforeEach, expect, test } from 'vitest'
import core from '@pollyjs/core'
import adapter from '@pollyjs/adapter-fetch'
import persister from '@pollyjs/persister-fs'
const plain = (module) => module.default ?? module
core.Polly.register(plain(adapter))
core.Polly.register(plain(persister))
let polly
beforeEach(({ task }) => {
  polly = new core.Polly(task.file.name + ' ' + task.name, {
    adapters: ['fetch'],
    persister: 'fs',
    persisterOptions: { fs: { recordingsDir: 'polly' } },
    mode: process.env.POLLY_MODE ?? 'replay',
    recordIfMissing: false,
    matchRequestsBy: { headers: false },
    logLevel: 'silent'
  })
})
afterEach(() => polly.stop())
const options = { baseURL: '${origin}/v1' }
`,
    given: '',
    options: 'options'
  })
}

/** What a user of `openai-proxy/vitest` writes. */
const ours = {
  name: 'openai-proxy/vitest',
  kind: 'ours',
  entry: './vitest',
  record: { OPENAI_PROXY_MODE: 'record' },
  replay: { OPENAI_PROXY_MODE: 'replay' },
  files: ({ origin }) => ({
    head: `import { test, expect } from 'openai-proxy/vitest'\n`,
    given: '{ proxy }',
    options: 'proxy.openai',
    setup: `
import { createSetup } from 'openai-proxy/vitest/setup'
export default createSetup({ openaiApiBaseUrl: '${origin}/v1' })
`
  })
}

/** Every suite. */
export const SUITES = [direct, ours, msw, nock, polly]

/** Names that aims speak of. */
export const [SUITE_OURS, SUITE_MSW, SUITE_DIRECT] = [ours.name, msw.name, direct.name]

/** The text of one test file. */
export function testFile({ head, given, options }, file, tests) {
  const each = Array.from(
    { length: tests },
    (_, index) =>
      `test('asks ${index}', async (${given}) => expect(await ask(${options}, 'Question ${file} ${index}')).toContain('the'))`
  )
  return `import OpenAI from 'openai'\n${head}${ASK}${each.join('\n')}\n`
}
