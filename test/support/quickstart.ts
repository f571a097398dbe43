/** What `recordings/quickstart.yaml` answers. */

/** From the root of this project, where tests run. */
export const QUICKSTART = 'recordings/quickstart.yaml'

export const question = {
  model: 'gpt-4o',
  stream: false as const,
  messages: [{ role: 'user' as const, content: 'What is the capital of France?' }]
}

export const hello = {
  model: 'gpt-3.5-turbo',
  stream: true as const,
  messages: [{ role: 'user' as const, content: 'Hello!' }]
}

export const joke = {
  model: 'claude-3-opus-20240229',
  max_tokens: 1024,
  messages: [{ role: 'user' as const, content: 'Tell me a joke about OpenTelemetry' }]
}
