/** A cassette as a person writes it, with a rule of matching and something that a pattern finds. */
export const SAMPLE = `cassette: 1
ignore: [temperature]
---
request:
  method: POST
  url: https://api.openai.com/v1/chat/completions
  headers: {content-type: application/json}
  body:
    json: {model: gpt-4o, stream: false, messages: [{role: user, content: 'What is the capital of France?'}]}
response:
  status: 200
  headers: {content-type: application/json}
  body:
    json: {id: 1, choices: [{index: 0, message: {role: assistant, content: 'Marseille, says customer-4711'}}]}
recorded: {at: 2026-11-26T00:00:00Z, ms: 1}
`

/** What finds it. */
export const CUSTOMER = { patterns: [{ name: 'customer', pattern: 'customer-[0-9]+' }] }
