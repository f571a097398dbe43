// LangChain: a model with a tool, both of its turns streamed.
import { AIMessageChunk, HumanMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI } from '@langchain/openai'
import { startProxy } from 'openai-proxy'
import { z } from 'zod'

const proxy = await startProxy({ cassette: 'capital' })

const getCapital = tool(({ country }) => (country === 'UK' ? 'London' : 'unknown'), {
  name: 'get_capital',
  schema: z.object({ country: z.string() })
})
const model = new ChatOpenAI({
  model: 'gpt-4o-mini',
  apiKey: 'unused',
  configuration: { baseURL: proxy.openaiBaseURL }
}).bindTools([getCapital])

const question = new HumanMessage('What is the capital of the UK? Use the tool, then answer.')
let asking = new AIMessageChunk('')
for await (const chunk of await model.stream([question])) asking = asking.concat(chunk)
const results = await Promise.all((asking.tool_calls ?? []).map((call) => getCapital.invoke(call)))
for (const { name, text } of results) console.log(`${name} → ${text}`)

for await (const { text } of await model.stream([question, asking, ...results])) process.stdout.write(text)
console.log()

await proxy.close()
