/** Routes: every path that SDKs make of a base URL, and no path that two readers could read in two ways. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RouteError, routeRequest, type Route } from '../../src/providers/route.ts'
import { providers } from '../../src/providers/index.ts'
import { publicPath, realExchanges } from '../support/real-exchanges.ts'

const ANTHROPIC = [['Anthropic-Version', '2023-06-01']] as const

/** Parts of a path as clients and attackers write them. */
const segments = fc.array(
  fc.oneof(
    fc.constantFrom(
      '',
      '.',
      '..',
      '%2e%2e',
      '%252e',
      '%2F',
      '%5c',
      '%',
      '%00',
      'v1',
      '~',
      'openai',
      'chat',
      'a:b',
      'a;b=c',
      'ü',
      '%C3%BC',
      'a+b',
      "!'()*"
    ),
    fc.string({ maxLength: 5 }).map(encodeURIComponent),
    fc.string({ maxLength: 3 }).filter((text) => !/[/?]/.test(text))
  ),
  { maxLength: 6 }
)

function routeOrRefusal(url: string): Route | RouteError | undefined {
  try {
    return routeRequest(url, [])
  } catch (error) {
    if (error instanceof RouteError) return error
    throw error
  }
}

describe('paths', () => {
  it.each([
    ['/v1/chat/completions', 'openai', '/v1/chat/completions'],
    ['/chat/completions', 'openai', '/v1/chat/completions'],
    ['/v1/v1/chat/completions', 'openai', '/v1/chat/completions'],
    ['/openai/v1/chat/completions', 'openai', '/v1/chat/completions'],
    ['/openai/chat/completions', 'openai', '/v1/chat/completions'],
    ['/openai/deployments/d/chat/completions', 'openai', '/v1/deployments/d/chat/completions'],
    ['/v1/messages', 'anthropic', '/v1/messages'],
    ['/messages', 'anthropic', '/v1/messages'],
    ['/v1/v1/messages', 'anthropic', '/v1/messages'],
    ['/anthropic/v1/messages', 'anthropic', '/v1/messages'],
    ['/anthropic/messages/count_tokens', 'anthropic', '/v1/messages/count_tokens'],
    ['/v1/complete', 'anthropic', '/v1/complete'],
    ['/anthropic/v1/models', 'anthropic', '/v1/models'],
    ['/openai/v1/messages', 'openai', '/v1/messages'],
    ['//v1//chat/./completions/', 'openai', '/v1/chat/completions'],
    ['/v1/files/../chat/completions', 'openai', '/v1/chat/completions'],
    ['/v1/%63hat/completions', 'openai', '/v1/chat/completions'],
    ['/v1/files/%2e%2e/chat/completions', 'openai', '/v1/chat/completions'],
    ['/v1/models/ft:gpt-4o:org::id', 'openai', '/v1/models/ft:gpt-4o:org::id'],
    ['/v1/models/a%20b%25', 'openai', '/v1/models/a%20b%25'],
    ['/v1/brand-new', 'openai', '/v1/brand-new']
  ])('%s is %s %s', (url, provider, path) => {
    expect(routeRequest(url, [])).toEqual({ provider, session: '', path, query: '' })
  })

  it.each([
    ['/https/mcp.example.com/mcp', 'https://mcp.example.com/mcp'],
    ['/https://mcp.example.com/mcp', 'https://mcp.example.com/mcp'],
    ['/http/LOCALHOST:4318/v1/traces', 'http://localhost:4318/v1/traces'],
    ['/https/a.test:443', 'https://a.test/'],
    ['/https/[::1]:8443/x', 'https://[::1]:8443/x'],
    ['/https/a.test/v1/chat/../b%20c', 'https://a.test/v1/b%20c'],
    ['/https/127.1/x', 'https://127.0.0.1/x']
  ])('%s is the address %s of no provider', (url, path) => {
    expect(routeRequest(`${url}?a=1`, ANTHROPIC)).toEqual({ provider: 'generic', session: '', path, query: '?a=1' })
    expect(routeRequest(`/~/weather${url}`, [])).toMatchObject({ provider: 'generic', session: 'weather', path })
  })

  it.each([
    '/https',
    '/https/',
    '/https/a b/x',
    '/https/user@a.test/x',
    '/https/-a/x',
    '/https/a.test:x/',
    '/ftp/a.test/x',
    '/https/../x y'
  ])('%s names no server', (url) => {
    expect(routeOrRefusal(url)).not.toMatchObject({ provider: 'generic' })
  })

  it('ask the version header where the path does not tell', () => {
    expect(routeRequest('/v1/models', ANTHROPIC)?.provider).toBe('anthropic')
    expect(routeRequest('/v1/models', [['x-api-key', '1']])?.provider).toBe('openai')
    expect(routeRequest('/openai/v1/models', ANTHROPIC)?.provider).toBe('openai')
  })

  it.each(['/', '/health', '/favicon.ico', '/v1', '/v1/', '/openai', '/~/weather', '/api/chat', '/_proxy/health', '*', ''])(
    '%j is no API path',
    (url) => {
      expect(routeRequest(url, [])).toBeUndefined()
    }
  )

  it('keep the query as it was sent, and drop an empty one', () => {
    expect(routeRequest('/v1/messages?beta=true&x=%2F..%2F', [])).toMatchObject({
      path: '/v1/messages',
      query: '?beta=true&x=%2F..%2F'
    })
    expect(routeRequest('/v1/models?', [])?.query).toBe('')
    expect(routeRequest('/v1/models?a?b=/v1/x', [])?.query).toBe('?a?b=/v1/x')
  })

  it('never lead above the root', () => {
    expect(routeRequest('/../../v1/models', [])?.path).toBe('/v1/models')
  })

  it('come out the same when they are read again, or are refused', () => {
    fc.assert(
      fc.property(segments, (parts) => {
        const path = parts.map((part) => `/${part}`).join('')
        const route = routeOrRefusal(`/v1/x${path}`)
        if (route instanceof RouteError || route === undefined) return
        expect(routeRequest(route.path, [])?.path).toBe(route.path)
      })
    )
  })
})

describe('sessions', () => {
  it('stand before everything else', () => {
    expect(routeRequest('/~/weather/v1/chat/completions', [])).toMatchObject({ session: 'weather', path: '/v1/chat/completions' })
    expect(routeRequest('/~/w%20x/anthropic/v1/models?a=1', [])).toEqual({
      provider: 'anthropic',
      session: 'w x',
      path: '/v1/models',
      query: '?a=1'
    })
  })

  it('need a name', () => {
    expect(() => routeRequest('/~', [])).toThrow(RouteError)
    expect(() => routeRequest('/~/', [])).toThrow('Write it as'.toLowerCase())
  })
})

describe('a path that two readers could read in two ways is refused', () => {
  it.each([
    '/v1/files/a%2Fb',
    '/v1/files/a%2fb',
    '/v1/x%',
    '/v1/%ff',
    '/v1/a%00b',
    '/v1/a%0d%0ab',
    '/v1/a%5Cb',
    '/v1/a\\b',
    '/v1/a%3Fb',
    '/v1/a%23b'
  ])('%s', (url) => {
    expect(() => routeRequest(url, [])).toThrow(RouteError)
  })
})

describe('the real exchanges', () => {
  it('all go to their own provider, and every call of a model is known as one', () => {
    const calls = realExchanges().filter(({ provider }) => provider !== 'other')
    for (const exchange of calls) {
      const url = publicPath(exchange)
      const route = routeRequest(url, exchange.request.headers)
      expect(route?.provider, exchange.id).toBe(exchange.provider)
      const { endpoint } = providers[route!.provider].readCall({
        method: exchange.request.method,
        path: route!.path,
        content: { kind: 'none' }
      })
      expect(endpoint, exchange.id).not.toMatch(/^POST \/v1\/\{id\}/)
    }
    expect(calls).toHaveLength(236)
  })
})
