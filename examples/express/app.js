// The app: one joke as JSON, one as a stream, and a polite word when the model is busy.
import express from 'express'
import OpenAI from 'openai'

/** @param {OpenAI} openai */
export function createApp(openai) {
  const question = {
    model: 'gpt-3.5-turbo',
    messages: [{ role: /** @type {const} */ ('user'), content: 'Tell me a joke about opentelemetry' }]
  }
  const app = express()

  app.get('/joke', async (_request, response) => {
    const { choices } = await openai.chat.completions.create(question)
    response.json({ joke: choices[0]?.message.content })
  })

  app.get('/joke/stream', async (_request, response) => {
    const stream = await openai.chat.completions.create({ ...question, stream: true })
    for await (const { choices } of stream) response.write(choices[0]?.delta.content ?? '')
    response.end()
  })

  app.use((error, _request, response, next) => {
    if (!(error instanceof OpenAI.RateLimitError) || response.headersSent) return next(error)
    response.status(503).json({ error: 'Too many laughs at once. Try again in a moment.' })
  })

  return app
}
