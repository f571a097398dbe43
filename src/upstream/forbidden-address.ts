/** Refuses connections to addresses that no API has, and that tell secrets to whoever asks: link-local and metadata services. */
import { lookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import type { buildConnector as Connector } from 'undici'
import { UpstreamError } from '../pipeline/ports.ts'
import { buildConnector } from './undici.ts'

/** Loopback and private networks are not among them: local models live there. IPv4 in IPv6 is known by the list itself. */
const FORBIDDEN: readonly (readonly [address: string, bits: number])[] = [
  // "This network" (RFC 1122), link-local (RFC 3927), multicast and reserved (RFC 1112), with broadcast.
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
  // Metadata and control services elsewhere: Alibaba, Oracle, Azure; AWS and Google on IPv6.
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
  ['168.63.129.16', 32],
  ['fd00:ec2::', 32],
  ['fd20:ce::', 32],
  // Unspecified, link-local, multicast.
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  // Ways to write 169.254.0.0/16 in IPv6: compatible, NAT64 (RFC 6052), 6to4 (RFC 3056).
  ['::a9fe:0', 112],
  ['64:ff9b::a9fe:0', 112],
  ['2002:a9fe::', 32]
]

const list = new BlockList()
for (const [address, bits] of FORBIDDEN) list.addSubnet(address, bits, isIP(address) === 4 ? 'ipv4' : 'ipv6')

/** @param address an IP address; a zone (`%eth0`) does not matter. What is no address is not forbidden */
export function isForbiddenAddress(address: string): boolean {
  const bare = address.replace(/^\[(.*)\]$/, '$1').split('%', 1)[0]!
  const family = isIP(bare)
  return family !== 0 && list.check(bare, family === 4 ? 'ipv4' : 'ipv6')
}

/** Gives the addresses of a name, like `dns.lookup` with `all`. */
export type Resolve = (
  name: string,
  options: LookupOptions & { readonly all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void
) => void

type Looked = (error: Error | null, address: string | LookupAddress[], family?: number) => void

/**
 * Connects like undici, but never to a forbidden address: what is checked is what is connected to.
 * @param timeoutMs longest wait for a connection
 */
export function createConnector(timeoutMs: number, resolve: Resolve = lookup): Connector.connector {
  const connect = buildConnector({
    timeout: timeoutMs,
    lookup: (name, options, done: Looked) => guardedLookup(name, options, done, resolve)
  })
  return (options, callback) => {
    // An address is connected to without looking it up.
    if (isForbiddenAddress(options.hostname)) callback(forbidden(options.hostname), null)
    else connect(options, callback)
  }
}

function guardedLookup(name: string, options: LookupOptions, done: Looked, resolve: Resolve): void {
  resolve(name, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, '')
    // One bad address is enough: a name that has it among good ones is not to be trusted.
    if (addresses.some(({ address }) => isForbiddenAddress(address))) return done(forbidden(name), '')
    if (options.all) return done(null, addresses)
    const [first] = addresses
    done(null, first?.address ?? '', first?.family)
  })
}

function forbidden(host: string): UpstreamError {
  return new UpstreamError(
    'upstream_forbidden',
    `The upstream ${host} is, or resolves to, a link-local, metadata or reserved address, where no API is: refused, nothing was sent. ` +
      'Correct OPENAI_API_BASE_URL or ANTHROPIC_API_BASE_URL, or what the name resolves to.'
  )
}
