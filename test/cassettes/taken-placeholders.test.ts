/** A cassette that is recorded into again gives no placeholder twice. */
import { describe, expect, it } from 'vitest'
import { createTakenPlaceholders } from '../../src/cassettes/taken-placeholders.ts'
import { createRedaction } from '../../src/redaction/index.ts'

describe('placeholders that are taken', () => {
  it('are those with the highest number of each kind, wherever they stand', () => {
    const taken = createTakenPlaceholders()
    taken.add(Buffer.from('key: <openai-key:2> é <openai-key:11><cookie:1>\n<p><b:x><div class="a:1"><:1><A:4>'))
    taken.add(Buffer.from('<openai-key:3>'))
    expect(taken.list()).toEqual(['<openai-key:11>', '<cookie:1>'])
    const redaction = createRedaction({ placeholdersFrom: taken.list() })
    redaction.learn('a-secret-of-mine-1234', 'openai-key')
    expect(redaction.text('a-secret-of-mine-1234')).toBe('<openai-key:12>')
  })
})
