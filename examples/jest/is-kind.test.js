// A test like any other: where the answers come from is said in start-proxy.mjs alone.
const { expect, test } = require('@jest/globals')
const { isKind } = require('./is-kind.js')

test('kind words are kind', async () => {
  expect(await isKind('Have a great day!')).toBe(true)
})

test('what was never recorded is an error, and never a call', async () => {
  await expect(isKind('Have a horrible day!')).rejects.toThrow('Have a [-great-]{+horrible+} day!')
})
