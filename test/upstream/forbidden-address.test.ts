/** Addresses that are never connected to, however they are written or looked up. */
import type { LookupAddress } from 'node:dns'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { UpstreamError } from '../../src/pipeline/ports.ts'
import { createConnector, isForbiddenAddress } from '../../src/upstream/forbidden-address.ts'

describe('an address', () => {
  it.each([
    '169.254.169.254',
    '169.254.0.1',
    '0.0.0.0',
    '0.1.2.3',
    '255.255.255.255',
    '224.0.0.1',
    '100.100.100.200',
    '168.63.129.16',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    '[fe80::1]',
    'fd00:ec2::254',
    '[fd00:ec2::254]',
    '::',
    '::ffff:169.254.169.254',
    '[::ffff:a9fe:a9fe]',
    '::ffff:0.0.0.0',
    '::a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    'ff02::1'
  ])('%s is forbidden', (address) => expect(isForbiddenAddress(address)).toBe(true))

  it.each([
    '127.0.0.1',
    '::1',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.253.1.1',
    '169.255.1.1',
    'fd12::1',
    '::ffff:127.0.0.1',
    '1.1.1.1',
    '2606:4700::1',
    'api.openai.com',
    ''
  ])('%s is not', (address) => expect(isForbiddenAddress(address)).toBe(false))

  it.each(['http://2852039166', 'http://0xa9fea9fe', 'http://0251.0376.0251.0376', 'http://169.254.43518'])(
    '%s is the same one, in a URL',
    (url) => {
      expect(isForbiddenAddress(new URL(url).hostname)).toBe(true)
    }
  )
})

describe('a name', () => {
  function connect(addresses: readonly string[], port: number): Promise<unknown> {
    const found: LookupAddress[] = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    const connector = createConnector(2000, (_name, _options, done) => done(null, found))
    return new Promise((resolve) => {
      connector(
        { hostname: 'api.test', protocol: 'http:', port: String(port) } as Parameters<typeof connector>[0],
        (error, socket) => {
          socket?.destroy()
          resolve(error ?? 'connected')
        }
      )
    })
  }

  it.each([[['169.254.169.254']], [['::ffff:169.254.169.254']], [['127.0.0.1', '169.254.169.254']], [['fe80::1%lo']]])(
    'that resolves to %j is refused',
    async (addresses) => {
      const error = await connect(addresses, 1)
      expect(error).toBeInstanceOf(UpstreamError)
      expect(error).toMatchObject({ code: 'upstream_forbidden' })
      expect((error as Error).message).toContain('api.test')
    }
  )

  it('that resolves to loopback is connected to', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    expect(await connect(['127.0.0.1'], (server.address() as AddressInfo).port)).toBe('connected')
    server.close()
  })
})
