// Anthropic: Claude calls four tools at once, reads what they say, and answers.
import Anthropic from '@anthropic-ai/sdk'
import { startProxy } from 'openai-proxy'

const proxy = await startProxy({ cassette: 'family' })
const anthropic = new Anthropic({ baseURL: proxy.anthropicBaseURL, apiKey: 'unused' })

const family = {
  Alice: "alice is bob's wife",
  Bob: "bob is alice's husband",
  Charlie: "charlie is alice's son",
  Daisy: "daisy is bob's daughter and charlie's younger sister"
}

/** @type {Anthropic.Tool[]} */
const tools = [
  {
    name: 'retrieve_entity_info',
    description: 'Get the knowledge about the given entity.',
    input_schema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'], additionalProperties: false }
  }
]

/** @type {Anthropic.MessageParam[]} */
const messages = [{ role: 'user', content: 'Alice, Bob, Charlie and Daisy are a family. Who is the youngest?' }]

while (messages.at(-1)?.role === 'user') {
  const { content } = await anthropic.messages.create({ model: 'claude-haiku-4-5', max_tokens: 4096, tools, messages })
  messages.push({ role: 'assistant', content })

  /** @type {Anthropic.ToolResultBlockParam[]} */
  const results = []
  for (const block of content) {
    if (block.type === 'text') console.log(block.text)
    if (block.type !== 'tool_use') continue
    const { name } = /** @type {{ name: string }} */ (block.input)
    console.log(`→ ${block.name}(${name})`)
    results.push({ type: 'tool_result', tool_use_id: block.id, content: family[name] })
  }
  if (results.length > 0) messages.push({ role: 'user', content: results })
}

await proxy.close()
