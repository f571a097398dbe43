// OpenAI Agents: one agent hands over to another, which uses a tool; the whole run is streamed.
import { Agent, handoff, OpenAIProvider, Runner, tool } from '@openai/agents'
import { startProxy } from 'openai-proxy'
import { z } from 'zod'

const proxy = await startProxy({ cassette: 'symphony' })
const modelProvider = new OpenAIProvider({ baseURL: proxy.openaiBaseURL, apiKey: 'unused' })
const runner = new Runner({ modelProvider, model: 'gpt-4o', tracingDisabled: true }) // else traces go straight to api.openai.com

const composer = new Agent({
  name: 'Symphony Composer',
  instructions: 'You compose and arrange symphonic music pieces using your composition tools.',
  tools: [
    tool({
      name: 'compose_music',
      description: 'Compose a piece of music.',
      parameters: z.object({ style: z.string(), key: z.string() }),
      execute: ({ style, key }) => `Composed a beautiful ${style} piece in ${key}`
    })
  ]
})
const conductor = Agent.create({
  name: 'Conductor',
  instructions: 'You coordinate musical performances. When users ask for composition, hand off to the Symphony Composer.',
  handoffs: [handoff(composer, { toolNameOverride: 'transfer_to_symphony_composer' })]
})

const run = await runner.run(conductor, 'Can you create a new symphony in D major?', { stream: true })
for await (const event of run) {
  if (event.type === 'agent_updated_stream_event') console.log(`(over to the ${event.agent.name})`)
  if (event.type === 'run_item_stream_event' && event.item.type === 'tool_call_output_item') console.log(event.item.output)
}
console.log(run.finalOutput)

await proxy.close()
