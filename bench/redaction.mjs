/**
 * Measures the redaction of bodies of 1 MB: as it is built in, and with everything on that can be set. Run by hand:
 * `node bench/redaction.mjs`. With the path of another checkout (`node bench/redaction.mjs ../other`) it compares.
 */
import { resolve } from 'node:path'
import { ROOT } from './harness/machine.mjs'
import { source } from './harness/source.mjs'

const MEGABYTE = 1024 * 1024
const ROUNDS = 9
const other = process.argv[2] === undefined ? undefined : resolve(process.argv[2])

const words = 'Please read the following report and tell me which of the instructions in it the reader should follow first. '
const random = Buffer.from(Array.from({ length: MEGABYTE }, (_, at) => (at * 7919 + (at >> 3) * 31 + (at >> 11) * 17) & 255))
const repeat = (text) => text.repeat(Math.ceil(MEGABYTE / Buffer.byteLength(text)))
const json = (value) => [JSON.stringify(value), 'application/json']
const delta = (content) => `data: ${JSON.stringify({ id: 'chatcmpl-1', choices: [{ index: 0, delta: { content } }] })}\n\n`

const bodies = {
  'prose in JSON': json({ messages: [{ role: 'user', content: repeat(words) }] }),
  'many short messages': json({
    messages: Array.from({ length: 9000 }, (_, at) => ({ role: 'user', content: `${words}${at}` }))
  }),
  'JSON in JSON': json({ arguments: JSON.stringify({ text: repeat('"a line"\n') }) }),
  'an image in base64': json({ data: random.toString('base64') }),
  embeddings: json({ data: Array.from({ length: 100_000 }, (_, at) => Math.sin(at)) }),
  'a stream of deltas': [
    repeat(
      words
        .split(' ')
        .map((word) => delta(` ${word}`))
        .join('')
    ),
    'text/event-stream'
  ],
  'personal data': json({ text: repeat('Ada Lovelace, ada@example.com, +1 415 555 2671, 4111 1111 1111 1111, 8.8.8.8; ') }),
  'one letter': json({ text: repeat('a') }),
  digits: json({ text: repeat('4111 ') }),
  'at signs': json({ text: repeat('a@') })
}

async function load(root) {
  const [{ createRedaction }] = await source(['redaction/index'], root)
  return createRedaction
}

async function everything() {
  const [{ BUILT_IN }, { PERSONAL_KINDS }, { createPatternRedactor }, { fromOwnRedactor }] = await source([
    'redaction/policy',
    'redaction/kinds',
    'config/linear-pattern',
    'redaction/own-redactor'
  ])
  const find = (text) =>
    Array.from(text.matchAll(/C-\d{8}/g), ({ 0: match, index }) => ({ start: index, end: index + match.length }))
  return {
    ...BUILT_IN,
    headers: ['x-tenant-*'],
    fields: ['metadata.user_id', 'messages[*].name', '**.account'],
    values: ['some-known-value-1', 'some-known-value-2'],
    personal: PERSONAL_KINDS,
    names: ['Ada Lovelace', 'Charles Babbage'],
    patterns: [createPatternRedactor({ name: 'order', pattern: 'ORDER-[0-9]{6}' })],
    redactors: [fromOwnRedactor({ name: 'customer', find })]
  }
}

/** The median of some runs, in milliseconds. */
function measure(createRedaction, policy, [text, type]) {
  const bytes = Buffer.from(text)
  const times = Array.from({ length: ROUNDS }, () => {
    const redaction = createRedaction(policy ? { policy } : {})
    const start = performance.now()
    redaction.body(bytes, type)
    return performance.now() - start
  })
  return times.toSorted((a, b) => a - b)[ROUNDS >> 1]
}

const [here, there, policy] = await Promise.all([load(ROOT), other && load(other), everything()])
for (const [name, body] of Object.entries(bodies)) {
  const plain = measure(here, undefined, body)
  const all = measure(here, policy, body)
  const before = there && measure(there, undefined, body)
  const compared =
    before === undefined
      ? ''
      : `   other build ${before.toFixed(0).padStart(5)} ms (built in now: ${(plain / before).toFixed(2)} times)`
  process.stdout.write(
    `${name.padEnd(20)} built in ${plain.toFixed(0).padStart(5)} ms   everything ${all.toFixed(0).padStart(5)} ms (${(all / plain).toFixed(2)} times)${compared}\n`
  )
}
