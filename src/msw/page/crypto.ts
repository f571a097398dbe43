/** In a page, what is used of `node:crypto`. */
import { sha256 } from '@noble/hashes/sha2.js'

/** A digest in the making, as Node's `Hash`. */
interface Hash {
  update(data: string | Uint8Array): Hash
  digest(): Buffer
  digest(encoding: 'hex'): string
}

/** Throws on every algorithm but SHA-256, the only one that is asked for. */
export function createHash(algorithm: string): Hash {
  if (algorithm !== 'sha256') throw new Error(`In a page there is no ${algorithm}.`)
  const running = sha256.create()
  function digest(): Buffer
  function digest(encoding: 'hex'): string
  function digest(encoding?: 'hex'): Buffer | string {
    const bytes = Buffer.from(running.digest())
    return encoding === undefined ? bytes : bytes.toString(encoding)
  }
  const hashing: Hash = {
    update(data) {
      running.update(typeof data === 'string' ? Buffer.from(data) : data)
      return hashing
    },
    digest
  }
  return hashing
}

/** A digest of what is at hand, as Node's `hash`. */
export function hash(algorithm: string, data: string | Uint8Array, _encoding: 'hex'): string {
  return createHash(algorithm).update(data).digest('hex')
}

/** Compares without telling by its time where two differ. Throws on two of different lengths, as Node's does. */
export function timingSafeEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.byteLength !== other.byteLength) throw new RangeError('Input buffers must have the same byte length')
  return one.reduce((difference, byte, index) => difference | (byte ^ other[index]!), 0) === 0
}
