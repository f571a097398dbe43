// node:test: one proxy for the file, one session for each test, and a test for what is not on the tape.
import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, test } from 'node:test'
import OpenAI from 'openai'
import { startProxy } from 'openai-proxy'
import { capitalOf } from './capital-of.js'

const proxy = await startProxy({ mode: 'replay', cassette: 'recordings/' })
after(() => proxy.close())

/** @type {Awaited<ReturnType<typeof proxy.openSession>>} */
let session
/** @type {OpenAI} */
let openai

beforeEach(async () => {
  session = await proxy.openSession({ cassette: 'capitals' })
  openai = new OpenAI({ baseURL: session.openaiBaseURL, apiKey: 'unused' })
})
afterEach(() => session.close())

test('knows capitals', async () => {
  assert.equal(await capitalOf(openai, 'France'), 'Paris')
  assert.equal(await capitalOf(openai, 'Mexico'), 'Mexico City')
})

test('asks once, and cheaply', async () => {
  await capitalOf(openai, 'France')
  const [{ cost }, ...more] = session.peek().exchanges
  assert.equal(more.length, 0)
  assert.ok(cost && cost.usd < 0.001)
})

test('a question that was never recorded is an error, and never a call', async () => {
  await assert.rejects(capitalOf(openai, 'Spain'), /No recording in recordings\/capitals\.yaml fits/)
})
