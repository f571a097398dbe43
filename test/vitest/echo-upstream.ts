/** An API on loopback that says what it is asked, and calls the tool that it is asked to call. */
import { answerJson, jsonOf } from '../support/answer-json.ts'
import { startUpstream, type LocalUpstream } from '../support/local-upstream.ts'

interface Asked {
  readonly messages: readonly { readonly content: string }[]
  readonly tools?: readonly { readonly function: { readonly name: string } }[]
}

export function startEcho(): Promise<LocalUpstream> {
  return startUpstream(async (request, response, incoming) => {
    await request.whole
    const { messages, tools = [] } = jsonOf(request) as Asked
    const content = messages[0]!.content
    const calls = tools.map(({ function: { name } }, index) => ({
      id: `call_${index}`,
      type: 'function',
      function: { name, arguments: JSON.stringify({ city: content }) }
    }))
    const message = { role: 'assistant', content: `You said: ${content}`, ...(calls.length > 0 ? { tool_calls: calls } : {}) }
    await answerJson(200, {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'gpt-4o-2024-08-06',
      choices: [{ index: 0, message, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 }
    })(request, response, incoming)
  })
}
