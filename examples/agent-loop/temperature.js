// An agent in a loop: the model calls a tool, reads its result, and answers.
import OpenAI from 'openai'
import { startProxy } from 'openai-proxy'

const proxy = await startProxy({ cassette: 'temperature' })
const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused' })

/** @type {OpenAI.ChatCompletionTool[]} */
const tools = [
  {
    type: 'function',
    function: {
      name: 'get_temperature',
      strict: true,
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false }
    }
  }
]

/** @type {Record<string, string>} */
const temperatures = { Tokyo: '20.0', Paris: '12.5' }

/** @type {OpenAI.ChatCompletionMessageParam[]} */
const messages = [
  { role: 'system', content: 'You are a helpful assistant.' },
  { role: 'user', content: 'What is the temperature in Tokyo?' }
]

while (messages.at(-1)?.role !== 'assistant') {
  const { choices } = await openai.chat.completions.create({ model: 'gpt-4.1-mini', messages, tools })
  const { message } = choices[0]
  messages.push(message)
  for (const call of message.tool_calls ?? []) {
    if (call.type !== 'function') continue
    const result = temperatures[JSON.parse(call.function.arguments).city] ?? 'unknown'
    console.log(`${call.function.name}(${call.function.arguments}) → ${result}`)
    messages.push({ role: 'tool', tool_call_id: call.id, content: result })
  }
}
console.log(messages.at(-1)?.content)

await proxy.close()
