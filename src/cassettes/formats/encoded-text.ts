/** Bytes that stand as base64 or hex in a text: whole, or not at all. */

/** White space does not count. `undefined` where it is no base64: half a body is none. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const plain = text.replaceAll(/\s+/g, '')
  return /^[A-Za-z0-9+/]*={0,2}$/.test(plain) ? new Uint8Array(Buffer.from(plain, 'base64')) : undefined
}

/** In small letters, as Node writes it. `undefined` where it is none, or no byte long. */
export function decodeHex(text: string): Uint8Array | undefined {
  const isHex = text !== '' && text.length % 2 === 0 && !/[^0-9a-f]/.test(text)
  return isHex ? new Uint8Array(Buffer.from(text, 'hex')) : undefined
}
