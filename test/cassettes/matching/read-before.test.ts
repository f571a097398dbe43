/** A request whose body was read before is compared as if it had not been: by the same key, whatever its JSON holds. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toComparable } from '../../../src/cassettes/matching/comparable.ts'
import type { Json } from '../../../src/http/json.ts'
import { toBytes } from '../../../src/http/message.ts'
import { jsonRequest } from '../make-interaction.ts'

/** Numbers that JavaScript rounds, and what looks like a placeholder, among other JSON. */
const special = fc.constantFrom(
  '12345678901234567890',
  '1e400',
  '0.1000000000000000055',
  '"<openai-key:7>"',
  '"\\u003cemail:3>"',
  '"é"'
)
const text = fc
  .tuple(fc.json({ maxDepth: 3 }), fc.array(special, { maxLength: 3 }))
  .map(([json, more]) => `{"body":${json},"more":[${more.join(', ')}]}`)

it('compares the same', () => {
  fc.assert(
    fc.property(text, (body) => {
      const request = jsonRequest(undefined, { body: toBytes(body) })
      const read = { text: body, value: JSON.parse(body) as Json }
      expect(toComparable({ ...request, json: read })).toEqual(toComparable(request))
    }),
    { numRuns: 500 }
  )
})
