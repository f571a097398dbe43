/** Several cassettes as one: whose turn it is, what is used up, and what a miss says. */
import { describe, expect, it } from 'vitest'
import { createFileStore } from '../../src/cassettes/file-store.ts'
import type { Interaction, Tape } from '../../src/cassettes/interaction.ts'
import { openTape } from '../../src/cassettes/tape.ts'
import { createUnion, type Union } from '../../src/cassettes/union.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { writeFile } from 'node:fs/promises'
import { answerOf, chat, jsonRequest, makeInteraction, record } from './make-interaction.ts'

/** A cassette: the lines of its header besides the version, and what it holds. */
type Given = readonly [header: string, ...interactions: Interaction[]]

async function unite(...cassettes: readonly Given[]): Promise<{ union: Union; tapes: readonly Tape[] } & AsyncDisposable> {
  const folder = await temporaryFolder()
  const tapes: Tape[] = []
  for (const [index, [header, ...interactions]] of cassettes.entries()) {
    const path = folder.file(`${index}.yaml`)
    await writeFile(path, `cassette: 1\n${header}`)
    const open = (): Promise<Tape> => openTape({ store: createFileStore(path), name: `${index}.yaml`, report: () => undefined })
    await record(await open(), ...interactions)
    tapes.push(await open())
  }
  const union = createUnion({ name: 'folder/', tapes, own: tapes[0]! })
  return { union, tapes, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

const usesOf = (tape: Tape): number[] => tape.interactions().map(({ uses }) => uses)
const answers = (tape: Tape, request: ReturnType<typeof chat>, times: number): Promise<string[]> =>
  Promise.all(Array.from({ length: times }, () => answerOf(tape, request)))

describe('equal requests in several cassettes', () => {
  it('are answered in the order of the cassettes, each recording once, then the last one repeats', async () => {
    const poll = chat('done?')
    await using all = await unite(
      ['', makeInteraction(poll, '1'), makeInteraction(poll, '2')],
      ['', makeInteraction(chat('else'), 'x')],
      ['', makeInteraction(poll, '3')]
    )
    expect(await answers(all.union, poll, 5)).toEqual(['1', '2', '3', '3', '3'])
    expect(all.tapes.map(usesOf)).toEqual([[1, 1], [0], [3]])
    expect(all.union.interactions().filter(({ uses }) => uses === 0)).toHaveLength(1)
  })

  it('repeat by the rule of the last cassette that may repeat', async () => {
    const poll = chat('done?')
    await using cycle = await unite(
      ['', makeInteraction(poll, '1')],
      ['repeat: cycle\n', makeInteraction(poll, '2'), makeInteraction(poll, '3')]
    )
    expect(await answers(cycle.union, poll, 6)).toEqual(['1', '2', '3', '2', '3', '2'])
    await using error = await unite(
      ['repeat: error\n', makeInteraction(poll, '1')],
      ['repeat: error\n', makeInteraction(poll, '2')]
    )
    expect(await answers(error.union, poll, 2)).toEqual(['1', '2'])
    expect(await error.union.take(poll)).toMatchObject({ kind: 'miss', reason: 'played', recorded: 2, equal: 2 })
  })

  it('go to the one that is equal to the last character before those that a rule makes equal', async () => {
    const ask = (run: string) => jsonRequest({ model: 'gpt-4o', messages: [], metadata: { run } })
    await using all = await unite(
      ['ignore: [metadata.run]\n', makeInteraction(ask('a'), 'a')],
      ['ignore: [metadata.run]\n', makeInteraction(ask('b'), 'b')]
    )
    expect([
      await answerOf(all.union, ask('b')),
      await answerOf(all.union, ask('c')),
      await answerOf(all.union, ask('a'))
    ]).toEqual(['b', 'a', 'a'])
  })

  it('keep the rules of each cassette to itself', async () => {
    const ask = (run: string) => jsonRequest({ model: 'gpt-4o', messages: [], metadata: { run } })
    await using all = await unite(
      ['', makeInteraction(ask('a'), 'strict')],
      ['ignore: [metadata.run]\n', makeInteraction(ask('b'), 'lenient')]
    )
    expect(await answerOf(all.union, ask('other'))).toBe('lenient')
  })

  it('that differ in ids of what the API keeps are told apart by nobody', async () => {
    const follow = (id: string) => jsonRequest({ model: 'gpt-4o', input: 'And?', previous_response_id: id })
    await using all = await unite(
      ['', makeInteraction(follow('resp_68aaaaaaaaaaaaaaaaaaaaaa'), 'a')],
      ['', makeInteraction(follow('resp_68bbbbbbbbbbbbbbbbbbbbbb'), 'b')]
    )
    expect(await all.union.take(follow('resp_68cccccccccccccccccccccc'))).toMatchObject({
      kind: 'miss',
      reason: 'ids',
      recorded: 2
    })
    expect(await answerOf(all.union, follow('resp_68bbbbbbbbbbbbbbbbbbbbbb'))).toBe('b')
  })
})

describe('a request that no cassette answers', () => {
  it('is told the nearest recording of all', async () => {
    await using all = await unite(
      ['', makeInteraction(chat('Where is the station?')), makeInteraction(chat('What is a fox?'))],
      ['', makeInteraction(chat('Is it raining in Paris?'))],
      ['', makeInteraction(chat('Who was Napoleon?'))]
    )
    const miss = await all.union.take(chat('Is it raining in Rome?'))
    expect(miss).toMatchObject({ kind: 'miss', reason: 'none', recorded: 4 })
    expect(miss).toHaveProperty('nearest.place', expect.stringMatching(/^1\.yaml:\d+ \(interaction 1 of 1, POST /))
    expect(await all.union.has(chat('Is it raining in Rome?'))).toBe(false)
    expect(all.tapes.flatMap(usesOf)).toEqual([0, 0, 0, 0])
  })
})
