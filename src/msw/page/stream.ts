/** In a page, the names that are imported of `node:stream`: only encoded streams would ask for them, and a page has none. */

function missing(): never {
  throw new Error('In a page no stream is encoded or decoded.')
}

export const Readable = { from: missing }
export const promises = { finished: missing }
