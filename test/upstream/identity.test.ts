/** What of a client's headers reaches the upstream. */
import { describe, expect, it } from 'vitest'
import type { HeaderList } from '../../src/http/message.ts'
import { BROWSER_PROFILES } from '../../src/upstream/browser-profiles.data.ts'
import { createDress } from '../../src/upstream/browser-profiles.ts'
import { disguise, type Identity } from '../../src/upstream/identity.ts'

const masked: Identity = {
  provider: 'openai',
  maskNetwork: true,
  dress: undefined,
  organization: undefined,
  newId: () => 'fresh'
}
const KEY = 'Bearer ' + 'sk-' + 'x'.repeat(20)

/** Each tells of the client's network, and each must go. */
const NETWORK: HeaderList = [
  ['X-Forwarded-For', '10.1.2.3'],
  ['X-Forwarded-Host', 'intern.example'],
  ['x-forwarded-client-cert', 'By=spiffe'],
  ['Forwarded', 'for=10.1.2.3'],
  ['Via', '1.1 squid'],
  ['X-Real-IP', '10.1.2.3'],
  ['X-Client-IP', '10.1.2.3'],
  ['True-Client-IP', '10.1.2.3'],
  ['CF-Connecting-IP', '10.1.2.3'],
  ['cf-ray', 'abc'],
  ['Fastly-Client-IP', '10.1.2.3'],
  ['X-Cluster-Client-IP', '10.1.2.3'],
  ['X-Original-Forwarded-For', '10.1.2.3'],
  ['X-Envoy-External-Address', '10.1.2.3'],
  ['X-Amzn-Trace-Id', 'Root=1'],
  ['traceparent', '00-1'],
  ['tracestate', 'a=b'],
  ['baggage', 'user=me'],
  ['Proxy-Authorization', 'Basic abc'],
  ['Proxy-Connection', 'keep-alive'],
  ['Cookie', 'session=1'],
  ['Origin', 'http://192.168.1.5:3000'],
  ['Referer', 'https://public.example/page']
]

const FUNCTIONAL: HeaderList = [
  ['Authorization', KEY],
  ['Content-Type', 'application/json'],
  ['Accept', 'text/event-stream'],
  ['accept-encoding', 'gzip'],
  ['Content-Encoding', 'gzip'],
  ['OpenAI-Beta', 'assistants=v2'],
  ['anthropic-version', '2023-06-01'],
  ['Idempotency-Key', 'once'],
  ['x-api-key', 'k'],
  ['X-Custom', 'kept']
]

function names(headers: HeaderList): string[] {
  return headers.map(([name]) => name.toLowerCase())
}

describe('disguise', () => {
  it.each(NETWORK)('takes out %s', (name, value) => {
    expect(disguise([...FUNCTIONAL, [name, value]], masked)).toEqual(FUNCTIONAL)
  })

  it('lets them pass where masking is off, but for Host and the connection', () => {
    const open = { ...masked, maskNetwork: false }
    const hops: HeaderList = [
      ['Host', 'localhost:8000'],
      ['Connection', 'keep-alive, X-Hop'],
      ['X-Hop', '1'],
      ['Keep-Alive', '5'],
      ['TE', 'trailers']
    ]
    const passed = NETWORK.filter(([name]) => !name.startsWith('Proxy-'))
    expect(disguise([...hops, ...NETWORK, ...FUNCTIONAL], open)).toEqual([...passed, ...FUNCTIONAL])
  })

  it('never sends what speaks of this connection or to this proxy', () => {
    const own: HeaderList = [
      ['host', 'a'],
      ['Content-Length', '3'],
      ['Expect', '100-continue'],
      ['Transfer-Encoding', 'chunked'],
      ['X-OpenAI-Proxy-Session', 's']
    ]
    expect(disguise(own, masked)).toEqual([])
    expect(disguise(own, { ...masked, maskNetwork: false })).toEqual([])
  })

  it('gives request ids anew, and none that the client did not send', () => {
    expect(
      disguise(
        [
          ['X-Request-ID', 'mine'],
          ['X-Client-Request-Id', 'mine']
        ],
        masked
      )
    ).toEqual([
      ['X-Request-ID', 'fresh'],
      ['X-Client-Request-Id', 'fresh']
    ])
    expect(disguise([], masked)).toEqual([])
    expect(disguise([['X-Request-ID', 'mine']], { ...masked, maskNetwork: false })).toEqual([['X-Request-ID', 'mine']])
  })

  it("sends the organisation only to OpenAI, and the client's own first", () => {
    const ours = { ...masked, organization: 'org-ours' }
    expect(disguise([], ours)).toEqual([['OpenAI-Organization', 'org-ours']])
    expect(disguise([['openai-organization', 'org-own']], ours)).toEqual([['openai-organization', 'org-own']])
    expect(disguise([], { ...ours, provider: 'anthropic' })).toEqual([])
  })

  it('keeps repeats, order and case of the rest', () => {
    const list: HeaderList = [
      ['x-B', '1'],
      ['X-a', '2'],
      ['x-B', '3']
    ]
    expect(disguise(list, masked)).toEqual(list)
  })
})

describe.each(BROWSER_PROFILES.map((profile) => [profile.name, profile] as const))('the profile %s', (_name, profile) => {
  const dressed = disguise(
    [
      ['user-agent', 'OpenAI/JS 6.49'],
      ['X-Stainless-Lang', 'js'],
      ['sec-fetch-mode', 'navigate'],
      ['Sec-CH-UA', '"Odd"'],
      ['accept-language', 'de'],
      ...NETWORK,
      ...FUNCTIONAL
    ],
    { ...masked, dress: createDress(profile) }
  )
  const agent = dressed.find(([name]) => name === 'User-Agent')![1]

  it('keeps every header that the call needs, with its value', () => {
    for (const [name, value] of FUNCTIONAL)
      expect(dressed.filter(([other]) => other.toLowerCase() === name.toLowerCase())).toMatchObject([[expect.anything(), value]])
  })

  it('shows nothing of the client or its network', () => {
    expect(JSON.stringify(dressed)).not.toMatch(/stainless|OpenAI\/JS|Odd|10\.1\.2\.3|192\.168|navigate|"de"/i)
    expect(names(dressed)).not.toContain('origin')
  })

  it('is coherent: brands fit the agent, and each name stands once', () => {
    expect(new Set(names(dressed)).size).toBe(dressed.length)
    const brands = dressed.find(([name]) => name === 'sec-ch-ua')?.[1]
    const platform = dressed.find(([name]) => name === 'sec-ch-ua-platform')?.[1]
    if (/Chrome\//.test(agent)) {
      const version = /Chrome\/(\d+)/.exec(agent)![1]
      expect(brands).toContain(`"Chromium";v="${version}"`)
      expect(brands).toContain(agent.includes('Edg/') ? '"Microsoft Edge"' : '"Google Chrome"')
      expect(platform).toBe(agent.includes('Windows') ? '"Windows"' : '"macOS"')
    } else {
      expect(brands).toBeUndefined()
      expect(names(dressed).filter((name) => name.startsWith('sec-ch-'))).toEqual([])
    }
    expect(names(dressed)).toEqual(
      expect.arrayContaining(['accept-language', 'sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest'])
    )
  })

  it('writes in the order of the profile', () => {
    const order = profile.headers.map(([name]) => name)
    const places = dressed.map(([name]) => order.indexOf(order.includes(name) ? name : '*'))
    expect(places).toEqual([...places].sort((a, b) => a - b))
  })

  it('invents no accept, accept-encoding or content type', () => {
    const bare = names(disguise([['Authorization', KEY]], { ...masked, dress: createDress(profile) }))
    for (const name of ['accept', 'accept-encoding', 'content-type', 'origin', 'cookie']) expect(bare).not.toContain(name)
  })
})

it("a profile of the user's own without a place for other headers still lets them pass", () => {
  const dress = createDress({ name: 'own', headers: [['User-Agent', 'Own/1']] })
  expect(
    dress([
      ['authorization', KEY],
      ['User-Agent', 'x']
    ])
  ).toEqual([
    ['User-Agent', 'Own/1'],
    ['authorization', KEY]
  ])
})
