/** Zstandard for who asked for it, which Node 20 cannot make: frames whose blocks hold the bytes as they are. RFC 8878 §3.1.1. */

/** The magic number; no checksum, no size; a window of 128 KiB. */
const FRAME_START = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38)

/** The last block, of no bytes. */
const FRAME_END = Uint8Array.of(0x01, 0x00, 0x00)

/** Most bytes in a block. */
const BLOCK_BYTES = 128 * 1024

export function encodeZstd(body: Uint8Array): Uint8Array {
  return Buffer.concat([FRAME_START, ...blocks(body), FRAME_END])
}

/** Encodes a body that is still coming; each chunk can be read as soon as it is there. */
export async function* encodeZstdChunks(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let start: Uint8Array = FRAME_START
  for await (const chunk of body) {
    yield Buffer.concat([start, ...blocks(chunk)])
    start = new Uint8Array(0)
  }
  yield Buffer.concat([start, FRAME_END])
}

function blocks(bytes: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = []
  for (let at = 0; at < bytes.byteLength; at += BLOCK_BYTES) {
    const block = bytes.subarray(at, at + BLOCK_BYTES)
    const header = block.byteLength << 3
    found.push(Uint8Array.of(header & 0xff, (header >> 8) & 0xff, header >> 16), block)
  }
  return found
}
