// The page: a joke, piece by piece. Its call to the API is answered by a service worker, from recordings/joke.yaml.
import { setupWorker } from 'msw/browser'
import OpenAI from 'openai'
import { cassetteHandlers } from 'openai-proxy/msw'

const worker = setupWorker(...cassetteHandlers('joke', { speed: '20 tokens/s' }))
await worker.start({ onUnhandledRequest: 'bypass' })

const openai = new OpenAI({ apiKey: 'unused', dangerouslyAllowBrowser: true })
const stream = await openai.chat.completions.create({
  model: 'gpt-3.5-turbo',
  messages: [{ role: 'user', content: 'Tell me a joke about opentelemetry' }],
  stream: true
})
for await (const { choices } of stream) document.querySelector('#joke')?.append(choices[0]?.delta.content ?? '')
