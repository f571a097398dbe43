// The Responses API: a stream in which the model searches the web, and a second turn that leans on the first.
import OpenAI from 'openai'
import { startProxy } from 'openai-proxy'

const proxy = await startProxy({ cassette: 'weather' })
const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused' })

/** @satisfies {Partial<OpenAI.Responses.ResponseCreateParams>} */
const settings = { model: 'gpt-5', instructions: 'You are a helpful assistant.', tools: [{ type: 'web_search' }] }

const stream = openai.responses.stream({ ...settings, input: 'What is the weather in San Francisco today?' })
for await (const event of stream) {
  if (event.type === 'response.web_search_call.searching') console.log('(searching the web)')
  if (event.type === 'response.output_text.delta') process.stdout.write(event.delta)
}
const first = await stream.finalResponse()

const second = await openai.responses.create({ ...settings, previous_response_id: first.id, input: 'how about Mexico City?' })
console.log(`\n\n${second.output_text}`)

await proxy.close()
