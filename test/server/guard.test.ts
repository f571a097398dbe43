/** Who may enter: Host, Origin, request target. */
import { describe, expect, it } from 'vitest'
import { createGuard, type Arrival, type Passage } from '../../src/server/guard.ts'

const local = createGuard({ host: '127.0.0.1', port: 8000 })
const open = createGuard({ host: '0.0.0.0', port: 8000 })

function arrive(more: Partial<Arrival> = {}): Arrival {
  return { method: 'POST', url: '/v1/chat/completions', headers: { host: 'localhost:8000' }, ...more }
}

function outcome(passage: Passage): string {
  return passage.kind === 'refuse' ? `${passage.error.status} ${passage.error.code}` : passage.kind
}

describe('Host', () => {
  it.each([
    'localhost:8000',
    'LOCALHOST:8000',
    'localhost',
    'localhost.:8000',
    'app.localhost:8000',
    '127.0.0.1:8000',
    '127.8.8.8',
    '[::1]:8000',
    '[::1]'
  ])('%s is ours', (host) => expect(outcome(local(arrive({ headers: { host } })))).toBe('pass'))

  it.each([
    'evil.example',
    'evil.example:8000',
    'localhost.evil.example:8000',
    'localhost:8001',
    '127.0.0.1.evil.example',
    '10.0.0.1:8000',
    '[::2]:8000',
    '127.0.0.1:8000:8000',
    'localhost@evil.example',
    ''
  ])('%j is refused', (host) => expect(outcome(local(arrive({ headers: { host } })))).toBe('403 host_not_allowed'))

  it.each(['10.0.0.1:8000', '192.168.1.5:9999', '[fe80::1]:8000', 'localhost:9999'])(
    '%s is ours where every address is listened on',
    (host) => {
      expect(outcome(open(arrive({ headers: { host } })))).toBe('pass')
    }
  )

  it.each(['evil.example:8000', 'proxy:8000', '10.0.0.1.evil.example'])('%s is a name, and refused there too', (host) => {
    expect(outcome(open(arrive({ headers: { host } })))).toBe('403 host_not_allowed')
  })

  it('the configured name is ours', () => {
    const named = createGuard({ host: 'Proxy.intern', port: 8000 })
    expect(outcome(named(arrive({ headers: { host: 'proxy.intern:8000' } })))).toBe('pass')
    expect(outcome(named(arrive({ headers: { host: 'evil.intern:8000' } })))).toBe('403 host_not_allowed')
  })

  it('HTTP/2 says it in :authority; HTTP/1.0 may say nothing', () => {
    expect(outcome(local(arrive({ headers: { ':authority': 'evil.example' } })))).toBe('403 host_not_allowed')
    expect(outcome(local(arrive({ headers: {} })))).toBe('pass')
  })

  it('the refusal says what to do', () => {
    const passage = local(arrive({ headers: { host: 'evil.example' } }))
    expect(passage).toMatchObject({
      error: { retry: false, message: expect.stringMatching(/evil\.example.*http:\/\/localhost:8000.*HOST/) }
    })
  })
})

describe('the request target', () => {
  it.each([
    ['http://localhost:8000/v1/models?a=b', '/v1/models?a=b'],
    ['HTTP://127.0.0.1:8000/v1/models', '/v1/models'],
    ['http://localhost:8000', '/'],
    ['http://localhost:8000?a=b', '/?a=b']
  ])('%s is ours in the absolute form', (url, path) => {
    expect(local(arrive({ url }))).toMatchObject({ kind: 'pass', url: path })
  })

  it.each([
    'http://example.com/v1/models',
    'https://api.openai.com/v1/models',
    'http://localhost:8000@evil.example/',
    'http://localhost:8000.evil.example/',
    'ftp://localhost:8000/',
    'localhost:8000'
  ])('%s makes no relay of us', (url) => expect(outcome(local(arrive({ url })))).toBe('403 relay_refused'))

  it('what looks like an authority within a path is a path', () => {
    expect(local(arrive({ url: '//evil.example/v1' }))).toMatchObject({ kind: 'pass', url: '//evil.example/v1' })
    expect(local(arrive({ method: 'OPTIONS', url: '*' }))).toMatchObject({ kind: 'pass', url: '*' })
  })
})

describe('Origin', () => {
  const from = (origin: string, more: Partial<Arrival> = {}): Arrival =>
    arrive({ ...more, headers: { host: 'localhost:8000', origin, ...more.headers } })

  it.each(['http://localhost:3000', 'https://localhost', 'http://127.0.0.1:5173', 'http://[::1]:8080', 'http://app.localhost'])(
    '%s may read the answer',
    (origin) => {
      expect(local(from(origin))).toMatchObject({
        kind: 'pass',
        cors: expect.arrayContaining([
          ['access-control-allow-origin', origin],
          ['vary', 'origin']
        ])
      })
    }
  )

  it.each([
    'https://evil.example',
    'null',
    'http://192.168.1.5',
    'http://localhost.evil.example',
    'file://',
    'http://localhost:3000/path',
    'chrome-extension://abc',
    ''
  ])('%j is refused, with a preflight too', (origin) => {
    expect(outcome(local(from(origin)))).toBe('403 origin_not_allowed')
    expect(outcome(local(from(origin, { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } })))).toBe(
      '403 origin_not_allowed'
    )
  })

  it('no Origin gets no CORS', () => expect(local(arrive())).toEqual({ kind: 'pass', url: '/v1/chat/completions', cors: [] }))

  it('answers a preflight, and private networks where asked', () => {
    const headers = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization, x-stainless-os' }
    const plain = local(from('http://localhost:3000', { method: 'OPTIONS', headers }))
    expect(plain).toMatchObject({ kind: 'answer', response: { status: 204 } })
    const list = Object.fromEntries(plain.kind === 'answer' ? plain.response.headers : [])
    expect(list).toMatchObject({
      'access-control-allow-origin': 'http://localhost:3000',
      'access-control-allow-headers': 'authorization, x-stainless-os'
    })
    expect(list['access-control-allow-methods']).toContain('POST')
    expect(list).not.toHaveProperty('access-control-allow-private-network')
    const asked = local(
      from('http://localhost:3000', {
        method: 'OPTIONS',
        headers: { ...headers, 'access-control-request-private-network': 'true' }
      })
    )
    expect(asked).toMatchObject({
      response: { headers: expect.arrayContaining([['access-control-allow-private-network', 'true']]) }
    })
  })

  it('an OPTIONS that is no preflight goes on', () =>
    expect(outcome(local(from('http://localhost:3000', { method: 'OPTIONS' })))).toBe('pass'))
})
