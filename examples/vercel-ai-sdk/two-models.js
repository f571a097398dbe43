// The Vercel AI SDK: a tool with a model of OpenAI, a stream with one of Anthropic, and one cassette for both.
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { generateText, stepCountIs, streamText, tool } from 'ai'
import { startProxy } from 'openai-proxy'
import { z } from 'zod'

const proxy = await startProxy({ cassette: 'two-models' })
const openai = createOpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused' })
const anthropic = createAnthropic({ baseURL: `${proxy.anthropicBaseURL}/v1`, apiKey: 'unused' })

const { text, steps } = await generateText({
  model: openai('gpt-4o'),
  prompt: 'What is the capital of PotatoLand?',
  tools: {
    get_capital: tool({
      inputSchema: z.object({ country: z.string() }),
      execute: ({ country }) => (country === 'PotatoLand' ? 'Potato City' : 'unknown')
    })
  },
  stopWhen: stepCountIs(3)
})
console.log(`${text} (${steps.length} steps)\n`)

const { textStream } = streamText({
  model: anthropic('claude-3-haiku-20240307'),
  prompt: 'Tell me a joke about OpenTelemetry',
  maxOutputTokens: 1024
})
for await (const piece of textStream) process.stdout.write(piece)
console.log()

await proxy.close()
