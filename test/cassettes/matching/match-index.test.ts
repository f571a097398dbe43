/** The index of documents: under rules, no more requests are read than may be what is looked for. */
import { describe, expect, it } from 'vitest'
import type { RecordedRequest } from '../../../src/cassettes/interaction.ts'
import { matchKeys } from '../../../src/cassettes/key.ts'
import { createMatchIndex, type MatchIndex } from '../../../src/cassettes/matching/match-index.ts'
import { compileRules, type MatchSettings } from '../../../src/cassettes/matching/rules.ts'
import { jsonRequest } from '../make-interaction.ts'

const request = (run: number, text: number): RecordedRequest =>
  jsonRequest({ metadata: { run }, input: `question (${text}) of many` })

interface Rig {
  readonly index: MatchIndex
  /** Whose requests were read because they may be what is looked for. */
  readonly sought: Set<number>
  /** Whose were read ahead, in the background. */
  readonly ahead: Set<number>
  /** How many documents were looked through. */
  searched: number
}

/** An index of 1000 documents. */
function rigOf(settings: MatchSettings): Rig {
  const requests = Array.from({ length: 1000 }, (_, number) => request(number, number))
  const rig: Rig = {
    sought: new Set(),
    ahead: new Set(),
    searched: 0,
    index: createMatchIndex(compileRules(settings), {
      size: () => requests.length,
      isCurrent: () => true,
      async request(document) {
        rig.sought.add(document)
        return requests[document]!
      },
      async *requests(from) {
        for (let document = from; document < requests.length; document += 1) {
          yield { document, read: () => (rig.ahead.add(document), requests[document]!) }
        }
      },
      async *search(from, needles) {
        for (let document = from; document < requests.length; document += 1) {
          rig.searched += 1
          const text = Buffer.from(requests[document]!.body).toString() + requests[document]!.url
          if (needles.every((needle) => text.includes(needle))) yield document
        }
      }
    })
  }
  for (const one of requests) rig.index.add(matchKeys(one))
  return rig
}

/** What is found, when all that it needs has been read. */
async function find({ index }: Rig, wanted: RecordedRequest, isWanted = (_document: number): boolean => true): Promise<unknown> {
  const described = index.describe(wanted)
  for (;;) {
    const equal = index.equal(described, isWanted)
    if (equal) return equal
    await index.readEqual(described, isWanted)
  }
}

describe('an index of documents', () => {
  it('without rules reads none', async () => {
    const rig = rigOf({})
    expect(await find(rig, request(700, 700))).toMatchObject({ documents: [700] })
    expect(await find(rig, request(-1, 1))).toMatchObject({ documents: [] })
    expect([rig.sought.size, rig.ahead.size, rig.searched]).toEqual([0, 0, 0])
  })

  it('under rules reads what holds the same words, and looks no further than it must', async () => {
    const rig = rigOf({ ignore: ['metadata.run'] })
    expect(await find(rig, request(-1, 3))).toEqual({ documents: [3], exact: [] })
    expect([...rig.sought]).toEqual([3])
    expect(rig.searched).toBe(4)
    // What is known needs no search.
    expect(await find(rig, request(-2, 3))).toEqual({ documents: [3], exact: [] })
    expect(rig.searched).toBe(4)
    // Whether there is another one can only be told behind all of them.
    expect(await find(rig, request(-1, 3), (document) => document !== 3)).toEqual({ documents: [3], exact: [] })
    expect(rig.searched).toBeGreaterThan(900)
    expect([...rig.sought]).toEqual([3])
  })

  it('under rules reads only what is equal to the last character, where that is left', async () => {
    const rig = rigOf({ ignore: ['metadata.run'] })
    expect(await find(rig, request(900, 900))).toMatchObject({ exact: [900] })
    expect([...rig.sought]).toEqual([900])
    expect(rig.searched).toBe(0)
  })

  it('reads some ahead with each search, until there is nothing left to search for', async () => {
    const rig = rigOf({ ignore: ['metadata.run'] })
    for (let number = 999; rig.ahead.size + rig.sought.size < 1000; number -= 1) await find(rig, request(-1, number))
    expect(rig.ahead.size).toBeGreaterThan(500)
    const before = rig.searched
    expect(await find(rig, request(-1, 500))).toMatchObject({ documents: [500] })
    expect(await find(rig, request(-1, 5000))).toMatchObject({ documents: [] })
    expect(rig.searched).toBe(before)
  })

  it('gives documents in the order of the file, in whichever order they became known', async () => {
    const rig = rigOf({ ignore: ['metadata.run', 'input'] })
    expect(await find(rig, request(700, 700))).toMatchObject({ exact: [700] })
    const some = (await find(rig, request(-1, 5), (document) => document !== 700)) as { readonly documents: readonly number[] }
    expect([some.documents[0], some.documents.at(-1)]).toEqual([0, 700])
    const all = (await find(rig, request(-1, 5), () => false)) as { readonly documents: readonly number[] }
    expect(all.documents).toEqual(Array.from({ length: 1000 }, (_, number) => number))
  })
})
