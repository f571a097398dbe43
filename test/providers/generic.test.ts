/** Any other server: what its recordings hold is judged, but never taken for a call of a model that is known. */
import { expect, it } from 'vitest'
import { generic } from '../../src/providers/generic.ts'
import { readPost, textsOf } from './test-provider.ts'

it('reads every text, the models and the limits of a request', () => {
  const call = readPost(generic, 'https://mcp.example.com/mcp', {
    method: 'tools/call',
    params: { model: 'm', max_tokens: 5 },
    messages: [{ role: 'user', content: 'hello' }]
  })
  expect(call).toMatchObject({
    provider: 'generic',
    endpoint: 'POST mcp.example.com',
    known: false,
    isModelEndpoint: false,
    models: ['m']
  })
  expect(call.tokenLimits).toHaveLength(1)
  expect(textsOf(call)).toEqual(expect.arrayContaining(['user@messages.0.content=hello', 'unknown@method=tools/call']))
})

it('answers errors as OpenAI does, and has no address of its own', () => {
  expect(generic.origin).toBe('')
  expect(generic.renderError({ status: 403, type: 't', code: 'c', message: 'm', param: null, retry: false }, 'r').status).toBe(
    403
  )
})
