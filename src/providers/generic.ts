/** Any other server: what a recording holds of it can be replayed. It has no endpoints that are known, and is never called. */
import { openai } from './openai.ts'
import type { Provider } from './provider.ts'
import { readBody } from './read-body.ts'

/** A server that is no provider's. Its errors have OpenAI's shape, which most clients can read. */
export const generic: Provider = {
  ...openai,
  name: 'generic',
  origin: '',
  readCall({ method, path, content }) {
    const { models, stream, tokenLimits, texts } = readBody(content)
    return {
      provider: 'generic',
      endpoint: `${method} ${URL.canParse(path) ? new URL(path).host : path}`,
      isModelEndpoint: false,
      known: false,
      model: models[0],
      models,
      stream,
      tokenLimits,
      missingTokenLimits: [],
      texts
    }
  }
}
