// The tests of the app: the good answers come from a cassette, the bad day is made on purpose.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, test } from 'node:test'
import OpenAI from 'openai'
import { startProxy } from 'openai-proxy'
import { createApp } from './app.js'

const proxy = await startProxy({ cassette: 'jokes' })
const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused', maxRetries: 1 })
const server = createApp(openai).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${server.address().port}`

after(async () => {
  server.close()
  await proxy.close()
})

test('tells a joke', async () => {
  const response = await fetch(`${url}/joke`)
  assert.match((await response.json()).joke, /^Why did Opentelemetry break up with Tracing\?/)
})

test('streams a joke', async () => {
  const response = await fetch(`${url}/joke/stream`)
  assert.match(await response.text(), /bugs!$/)
})

test('tries again when the model is busy for a moment', async () => {
  const fault = proxy.fault({ nth: 1 }, { status: 429, retryAfter: 0 })
  assert.equal((await fetch(`${url}/joke`)).status, 200)
  assert.equal(fault.struck, 1)
  fault.remove()
})

test('says so when the model stays busy', async () => {
  const fault = proxy.fault({}, { status: 429, retryAfter: 0 })
  const response = await fetch(`${url}/joke`)
  assert.equal(response.status, 503)
  assert.match((await response.json()).error, /Try again/)
  fault.remove()
})
