/** Writes recorded calls as a cassette, by the same code that records. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { source } from '../harness/source.mjs'

const NO_FILES = { keep: () => 'none', read: () => new Uint8Array(0) }

/** @param exchanges any iterable of what `chat.mjs` makes */
export async function writeCassette(path, exchanges) {
  const [{ HEADER_TEXT, writeInteraction }, { SEPARATOR }] = await source(['cassettes/document', 'cassettes/separator'])
  const file = openSync(path, 'w')
  writeSync(file, HEADER_TEXT)
  for (const { path: target, request, type, answer } of exchanges) {
    const interaction = {
      request: {
        method: 'POST',
        url: `https://api.openai.com${target}`,
        headers: [['content-type', 'application/json']],
        body: Buffer.from(request)
      },
      response: {
        status: 200,
        headers: [['content-type', type]],
        body: Buffer.from(answer),
        timing:
          type === 'application/json'
            ? [300]
            : answer
                .split('\n\n')
                .slice(1)
                .map(() => 20)
      },
      recorded: { at: '2026-11-24T09:00:00Z', ms: 900 }
    }
    writeSync(file, SEPARATOR + writeInteraction(interaction, NO_FILES))
  }
  closeSync(file)
}
