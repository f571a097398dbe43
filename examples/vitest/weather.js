// The code under test: a question, a tool that the model must use, and the answer.
/** @import { OpenAI } from 'openai' */

/** @type {OpenAI.ChatCompletionTool} */
const getCurrentWeather = {
  type: 'function',
  function: {
    name: 'get_current_weather',
    parameters: { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] }
  }
}

/**
 * @param {OpenAI} openai
 * @param {string} places
 */
export async function tellWeather(openai, places) {
  /** @type {OpenAI.ChatCompletionMessageParam[]} */
  const messages = [{ role: 'user', content: `What is the weather like in ${places}?` }]
  const asking = await openai.chat.completions.create({
    model: 'gpt-3.5-turbo',
    messages,
    tools: [getCurrentWeather],
    tool_choice: 'required'
  })
  const { message } = asking.choices[0]
  messages.push(message)
  for (const { id } of message.tool_calls ?? [])
    messages.push({ role: 'tool', tool_call_id: id, content: 'The weather is nice 🌞' })
  const telling = await openai.chat.completions.create({ model: 'gpt-3.5-turbo', messages })
  return telling.choices[0].message.content
}
