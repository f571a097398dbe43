/** Endpoints that no table knows are refused by name. */
import { expect, it } from 'vitest'
import { unknownEndpoints } from '../../src/firewall/unknown-endpoints.ts'
import { modelCall, testRule, context, wordsOf } from './test-rule.ts'

testRule(unknownEndpoints, { call: modelCall({ known: false, endpoint: 'PUT /v1/new' }) })

it('says which, and what to do', async () => {
  const words = await wordsOf(unknownEndpoints().judge(modelCall({ known: false, endpoint: 'PUT /v1/new' }), context()))
  expect(words).toMatch(/^Security violation: PUT \/v1\/new is no endpoint of OpenAI's API .*UNKNOWN_ENDPOINTS=allow$/)
})
