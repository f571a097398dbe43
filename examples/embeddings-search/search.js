// A small search by meaning: texts become embeddings, and the nearest to the question comes first.
import OpenAI from 'openai'
import { startProxy } from 'openai-proxy'

const proxy = await startProxy({ cassette: 'search' })
const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused' })

/** @param {string[]} input */
async function embed(input) {
  const { data } = await openai.embeddings.create({ model: 'text-embedding-ada-002', input })
  return data.map(({ embedding }) => embedding)
}

const texts = ['The food was delicious and the waiter...', 'Tell me a joke about opentelemetry']
const vectors = await embed(texts)
const [question] = await embed(['How was dinner?'])

const found = vectors.map((vector, index) => ({
  text: texts[index],
  likeness: vector.reduce((sum, value, at) => sum + value * question[at], 0)
}))
for (const { likeness, text } of found.toSorted((a, b) => b.likeness - a.likeness)) console.log(likeness.toFixed(2), text)

await proxy.close()
