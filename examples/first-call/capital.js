// The first call: OpenAI's own client, and a cassette that answers it. No key, no network.
import OpenAI from 'openai'
import { startProxy } from 'openai-proxy'

const proxy = await startProxy({ cassette: 'capital' }) // recordings/capital.yaml
const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused' })

const { choices } = await openai.chat.completions.create({
  model: 'gpt-4o',
  messages: [{ role: 'user', content: 'What is the capital of France?' }]
})
console.log(choices[0]?.message.content)

for (const { endpoint, source, cost } of proxy.exchanges) console.log(`${endpoint}: from the ${source}, $${cost?.usd} saved`)

await proxy.close()
