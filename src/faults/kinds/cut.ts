/** The connection ends in the middle of an answer: after an event, inside one, or inside a character. */
import * as z from 'zod'
import { passEvents, passPieces } from '../answer-events.ts'
import { breakAfter } from '../break-after.ts'
import { defineKind, FaultBreak, type Strike } from '../fault.ts'
import { eventNumber } from '../quantities.ts'
import { pick } from '../random.ts'

/** A connection that ends too early: `{ cut: true, afterEvent: 3 }`, or inside event 3, or inside a character. */
export interface CutFault {
  readonly cut: true
  /** The last event that comes whole; 0: only the headers come. */
  readonly afterEvent?: number | undefined
  /**
   * The event of which a part comes; the seed says how much.
   * @default 1, where no other place is said
   */
  readonly insideEvent?: number | undefined
  /** Which character of more than one byte comes in part; `true`: the first. */
  readonly insideCharacter?: number | true | undefined
}

const schema = z.strictObject({
  cut: z.literal(true),
  afterEvent: eventNumber(0).optional(),
  insideEvent: eventNumber(1).optional(),
  insideCharacter: z.union([z.literal(true), eventNumber(1)], { error: 'write the number of a character, from 1' }).optional()
}) satisfies z.ZodType<CutFault>

export const cut = defineKind({
  key: 'cut',
  schema,
  describe({ afterEvent, insideEvent, insideCharacter }) {
    if (afterEvent !== undefined) return `cut after event ${afterEvent}`
    return insideCharacter === undefined
      ? `cut inside event ${insideEvent ?? 1}`
      : `cut inside character ${Number(insideCharacter)}`
  },
  async apply({ afterEvent, insideEvent = 1, insideCharacter }, strike, ask) {
    const response = await ask()
    const { missed } = strike
    if (insideCharacter !== undefined)
      return passPieces(response, (pieces) => insideText(pieces, Number(insideCharacter), strike))
    if (afterEvent !== undefined) {
      return breakAfter(response, afterEvent, { missed, act: () => breakOff(strike, `it was cut after event ${afterEvent}`) })
    }
    return passEvents(response, (events) => insideOf(events, insideEvent, strike))
  }
})

async function* insideOf(events: AsyncIterable<Uint8Array>, number: number, strike: Strike): AsyncIterable<Uint8Array> {
  let passed = 0
  for await (const event of events) {
    passed += 1
    if (passed !== number) yield event
    else {
      // The blank line that ends an event is not its inside.
      const most = Buffer.from(event).toString('latin1').trimEnd().length - 1
      yield event.subarray(0, most < 1 ? 0 : pick(strike.random, 1, most))
      breakOff(strike, `it was cut inside event ${number}`)
    }
  }
  strike.missed(`the answer had ${passed} event${passed === 1 ? '' : 's'}`)
}

/** Of the character's bytes the seed says how many come, one at least and not all. */
async function* insideText(pieces: AsyncIterable<Uint8Array>, number: number, strike: Strike): AsyncIterable<Uint8Array> {
  let seen = 0
  let left: number | undefined
  const isIt = (byte: number): boolean => characterLength(byte) > 1 && (seen += 1) === number
  for await (const piece of pieces) {
    const start = left === undefined ? piece.findIndex(isIt) : 0
    if (start === -1) {
      yield piece
      continue
    }
    left ??= pick(strike.random, 1, characterLength(piece[start]!) - 1)
    const part = piece.subarray(0, start + left)
    left -= part.byteLength - start
    yield part
    if (left === 0) breakOff(strike, `it was cut inside character ${number} of those with more than one byte`)
  }
  strike.missed(`the answer had ${seen} character${seen === 1 ? '' : 's'} of more than one byte`)
}

/** By the first byte of a character in UTF-8; 1 for a byte that begins none. */
function characterLength(first: number): number {
  if (first >= 0xf0 && first <= 0xf4) return 4
  if (first >= 0xe0) return first < 0xf0 ? 3 : 1
  return first >= 0xc2 ? 2 : 1
}

function breakOff({ struck }: Strike, what: string): never {
  struck()
  throw new FaultBreak('cut', what)
}
