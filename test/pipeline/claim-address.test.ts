/** Which provider answers for a recorded address, and by which path. */
import { describe, expect, it } from 'vitest'
import { claimAddress } from '../../src/pipeline/claim-address.ts'
import { routeRequest } from '../../src/providers/route.ts'
import { realExchanges } from '../support/real-exchanges.ts'

const VERSION = [['anthropic-version', '2023-06-01']] as const

describe('a recorded address', () => {
  it.each([
    ['POST', 'https://api.openai.com/v1/chat/completions', 'openai', '/v1/chat/completions'],
    ['GET', 'https://api.openai.com/v1/brand-new?a=1', 'openai', '/v1/brand-new?a=1'],
    ['POST', 'https://api.openai.com:443/v1/embeddings', 'openai', '/v1/embeddings'],
    ['POST', 'https://user:pass@api.openai.com/v1/embeddings', 'openai', '/v1/embeddings'],
    ['GET', 'https://api.anthropic.com/v1/files?beta=true', 'anthropic', '/v1/files?beta=true'],
    [
      'POST',
      'https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=1',
      'openai',
      '/v1/deployments/d/chat/completions?api-version=1'
    ],
    ['POST', 'https://x.openai.azure.com/openai/v1/responses', 'openai', '/v1/responses'],
    ['POST', 'https://api.groq.com/openai/v1/chat/completions', 'openai', '/v1/chat/completions'],
    ['POST', 'https://openrouter.ai/api/v1/chat/completions', 'openai', '/v1/chat/completions'],
    ['POST', 'https://gateway.ai.cloudflare.com/v1/acc/gw/anthropic/v1/messages', 'anthropic', '/v1/messages'],
    ['POST', 'http://localhost:11434/v1/chat/completions', 'openai', '/v1/chat/completions'],
    ['POST', 'http://localhost:8080/chat/completions', 'openai', '/v1/chat/completions'],
    ['POST', 'https://mcp.deepwiki.com/mcp', 'generic', 'https://mcp.deepwiki.com/mcp'],
    ['GET', 'https://cdn.test/jpg/a%20b.jpg?x=1', 'generic', 'https://cdn.test/jpg/a%20b.jpg?x=1'],
    ['GET', 'https://hub.test/api/models', 'generic', 'https://hub.test/api/models'],
    ['POST', 'http://localhost:4318/v1/traces', 'generic', 'http://localhost:4318/v1/traces'],
    ['GET', 'https://[::1]:8443/', 'generic', 'https://[::1]:8443/']
  ])('%s %s is %s %s', (method, address, provider, path) => {
    expect(claimAddress(method, address, [])).toEqual({ provider, path })
  })

  it('of no host that is known is told by its headers where its path does not tell', () => {
    expect(claimAddress('GET', 'https://gateway.test/v1/models', VERSION).provider).toBe('anthropic')
    expect(claimAddress('GET', 'https://gateway.test/v1/models', []).provider).toBe('openai')
  })

  it.each(['/v1/models', 'ftp://a.test/x', 'data:text/plain,hi', 'file:///etc/passwd', 'https://a.test/a%2Fb', ''])(
    '%j cannot be asked for',
    (address) => {
      expect(() => claimAddress('GET', address, [])).toThrow(/\w/)
    }
  )

  it('of every real exchange leads back to itself through the proxy', () => {
    for (const { id, request } of realExchanges()) {
      const { provider, path } = claimAddress(request.method, request.url, request.headers)
      const asked = provider === 'generic' ? `/${path}` : `/${provider}${path}`
      const route = routeRequest(asked, request.headers)!
      expect([route.provider, route.path + route.query], id).toEqual([provider, path])
    }
  })
})
