/** Runs in the page: both official clients, answered by a service worker from a cassette. */
import Anthropic from '@anthropic-ai/sdk'
import { setupWorker } from 'msw/browser'
import OpenAI from 'openai'
import { bypassProxy, cassetteHandlers } from 'openai-proxy/msw'
import { hello, joke, question } from '../support/quickstart.ts'

const openai = new OpenAI({ apiKey: 'sk-in-the-page', dangerouslyAllowBrowser: true, maxRetries: 0 })
const anthropic = new Anthropic({ apiKey: 'sk-ant-in-the-page', dangerouslyAllowBrowser: true, maxRetries: 0 })
const worker = setupWorker()

let cassette

/** What a page's own code would see of an error. */
async function orError(task) {
  try {
    return await task()
  } catch (error) {
    return { status: error.status, code: error.code, message: error.message, name: error.constructor.name }
  }
}

globalThis.page = {
  start: () => worker.start({ onUnhandledRequest: 'error', onUnhandledFrame: 'error', quiet: false }),
  play(source, options) {
    cassette = cassetteHandlers(source, options)
    worker.use(...cassette)
  },
  stop() {
    worker.resetHandlers()
  },
  ready: () => orError(async () => void (await cassette.ready())),
  ask: () => orError(async () => (await openai.chat.completions.create(question)).choices[0].message.content),
  other: (model) => orError(async () => (await openai.chat.completions.create({ ...question, model })).model),
  joke: () => orError(async () => (await anthropic.messages.create(joke)).content[0].text),
  stream: () =>
    orError(async () => {
      const said = []
      const at = []
      for await (const event of await openai.chat.completions.create(hello)) {
        said.push(event.choices[0]?.delta.content ?? '')
        at.push(performance.now())
      }
      return { text: said.join(''), events: said.length, spread: at.at(-1) - at[0] }
    }),
  leave: () =>
    orError(async () => {
      for await (const event of await openai.chat.completions.create(hello)) if (event) break
      return 'left'
    }),
  exchanges: () =>
    cassette.exchanges.map(({ source, outcome, provider, model, cost }) => ({ source, outcome, provider, model, cost })),
  entry: (index) => cassette.exchanges[index],
  async report() {
    const { counts, unused, mode, cassette: name } = await cassette.report()
    return { counts, unused: unused.length, mode, name }
  },
  reset: () => cassette.reset(),
  close: () => cassette.close(),
  bypass(url) {
    worker.use(bypassProxy(url))
    return orError(async () => {
      const client = new OpenAI({ apiKey: 'unused', baseURL: `${url}/v1`, dangerouslyAllowBrowser: true, maxRetries: 0 })
      return (await client.chat.completions.create(question)).choices[0].message.content
    })
  }
}
