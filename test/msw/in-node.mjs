/** Runs in a Node process of its own, with whichever MSW is beside it: what a user's test would see, as lines of JSON. */
import { existsSync, readFileSync } from 'node:fs'
import http from 'node:http'
import Anthropic from '@anthropic-ai/sdk'
import { setupServer } from 'msw/node'
import OpenAI from 'openai'
import { startProxy } from './dist/index.js'
import { bypassProxy, cassetteHandlers } from './dist/msw.js'
import { hello, joke, question } from '../support/quickstart.ts'

const [, , upstream, recordings] = process.argv
// The clients take the global fetch when they are made.
const server = setupServer()
server.listen({ onUnhandledRequest: 'error', onUnhandledFrame: 'error' })
const openai = new OpenAI({ apiKey: 'sk-' + 'test-in-node', maxRetries: 0, timeout: 10_000 })
const anthropic = new Anthropic({ apiKey: 'sk-ant-' + 'test-in-node', maxRetries: 0, timeout: 10_000 })
const QUICKSTART = `${recordings}/quickstart.yaml`

async function told(task) {
  try {
    return await task()
  } catch (error) {
    return { status: error.status, code: error.code ?? error.cause?.code, message: error.message }
  }
}

const ask = (asked = question) => told(async () => (await openai.chat.completions.create(asked)).choices[0].message.content)

async function say() {
  const said = []
  for await (const event of await openai.chat.completions.create(hello)) said.push(event.choices[0]?.delta.content ?? '')
  return said.join('')
}

/** The answer to a request of Node's own client. */
function byHttp(url, body) {
  return new Promise((resolve, reject) => {
    const sent = http.request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer unused' }
    })
    sent.on('error', reject).on('response', async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve({ status: response.statusCode, text })
    })
    sent.end(JSON.stringify(body))
  })
}

const scenes = {
  async replay() {
    await using cassette = cassetteHandlers(QUICKSTART, { mode: 'replay', logFile: false })
    server.use(...cassette)
    const answers = [await ask(), await say(), await told(async () => (await anthropic.messages.create(joke)).content[0].type)]
    const missed = await ask({ ...question, model: 'gpt-4o-mini' })
    const { status } = await byHttp('http://api.openai.com/v1/chat/completions', question).catch(() => ({ status: 'unhandled' }))
    const { counts } = await cassette.report()
    return { answers, missed, status, counts }
  },
  async live() {
    await using cassette = cassetteHandlers('unused', { mode: 'live', logFile: false, openaiApiBaseUrl: `${upstream}/v1` })
    server.use(...cassette)
    const answer = await ask()
    const viaHttp = await byHttp(`${upstream}/v1/chat/completions`, question)
    for await (const event of await openai.chat.completions.create(hello)) if (event) break
    const deadline = Date.now() + 5000
    while (cassette.exchanges.length < 3 && Date.now() < deadline) await new Promise((done) => setTimeout(done, 10))
    return { answer, viaHttp, outcomes: cassette.exchanges.map(({ source, outcome }) => `${source} ${outcome}`) }
  },
  async once() {
    const file = `${recordings}/made-${process.pid}.yaml`
    const options = { logFile: `${recordings}/made-${process.pid}.log`, openaiApiBaseUrl: `${upstream}/v1` }
    const cassette = cassetteHandlers(file, options)
    server.use(...cassette)
    const first = [await ask(), (await cassette.report()).counts.recorded]
    await cassette.reset()
    const second = [await ask(), (await cassette.close()).counts.replayed]
    const text = readFileSync(file, 'utf8') + readFileSync(options.logFile, 'utf8')
    return { first, second, holdsKey: text.includes('test-in-node'), logged: existsSync(options.logFile) }
  },
  async breaks() {
    await using cassette = cassetteHandlers(QUICKSTART, { mode: 'replay', logFile: false })
    server.use(...cassette)
    await cassette.fault({ provider: 'openai' }, { reset: true })
    return await ask()
  },
  async bypass() {
    await using proxy = await startProxy({ mode: 'replay', cassette: QUICKSTART, logFile: false })
    const caught = await told(() => new OpenAI({ ...proxyClient(proxy) }).models.list())
    server.use(bypassProxy(proxy))
    const answer = (await new OpenAI({ ...proxyClient(proxy) }).chat.completions.create(question)).choices[0].message.content
    return { caught, answer }
  }
}

function proxyClient({ openaiBaseURL }) {
  return { baseURL: openaiBaseURL, apiKey: 'unused', maxRetries: 0 }
}

for (const [name, scene] of Object.entries(scenes)) {
  console.log(JSON.stringify([name, await told(scene)]))
  server.resetHandlers()
}
server.close()
