// A streamed answer, piece by piece, at the pace of a model.
import OpenAI from 'openai'
import { startProxy } from 'openai-proxy'

const proxy = await startProxy({ cassette: 'joke', speed: '20 tokens/s' })
const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused' })

const stream = await openai.chat.completions.create({
  model: 'gpt-3.5-turbo',
  messages: [{ role: 'user', content: 'Tell me a joke about opentelemetry' }],
  stream: true
})

let pieces = 0
for await (const { choices } of stream) {
  const piece = choices[0]?.delta.content
  if (!piece) continue
  process.stdout.write(piece)
  pieces++
}
console.log(`\n(in ${pieces} pieces)`)

await proxy.close()
