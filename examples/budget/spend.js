// A budget: what a call may cost at worst is taken from it before the call goes out, so it is never overshot.
import OpenAI from 'openai'
import { startProxy } from 'openai-proxy'

const api = await startProxy({ mode: 'replay', cassette: 'jokes' }) // stands for the real API, so that this costs nothing
const proxy = await startProxy({ openaiApiBaseUrl: api.openaiBaseURL, budget: '0.00132/run' }) // USD
const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused' })

try {
  for (;;) {
    const { choices } = await openai.chat.completions.create({
      model: 'gpt-3.5-turbo',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'Tell me a joke about opentelemetry' }]
    })
    console.log(`${choices[0]?.message.content}\n($${proxy.exchanges.at(-1)?.cost?.usd.toFixed(6)})\n`)
  }
} catch (error) {
  if (!(error instanceof OpenAI.RateLimitError)) throw error
  console.log(`${error.status} ${error.code}: ${error.message}`)
}

await proxy.close()
await api.close()
