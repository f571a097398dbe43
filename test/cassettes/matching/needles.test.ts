/** Needles: pieces of text that stand in every recording that a request is equal to by its rules, however it is written. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeInteraction } from '../../../src/cassettes/document.ts'
import type { RecordedRequest } from '../../../src/cassettes/interaction.ts'
import { toComparable } from '../../../src/cassettes/matching/comparable.ts'
import { renameIds } from '../../../src/cassettes/matching/ids.ts'
import { needlesOf } from '../../../src/cassettes/matching/needles.ts'
import { compileRules, type MatchSettings } from '../../../src/cassettes/matching/rules.ts'
import { realExchanges } from '../../support/real-exchanges.ts'
import { chanceBody } from '../arbitraries.ts'
import { chat, jsonRequest, makeInteraction } from '../make-interaction.ts'

const NO_FILES = { keep: () => 'x.files/00000000000000000000000000000000.bin', read: () => new Uint8Array(0) }

function textOf(request: RecordedRequest): string {
  const text = writeInteraction(makeInteraction(request), { ...NO_FILES, read: () => request.body })
  return text.slice(0, text.indexOf('\nresponse:'))
}

/** Whether its texts can be read in it. */
const isReadable = (text: string): boolean => /\n {4}(?:json|multipart):/.test(text) || !text.includes('\n  body:')

function needles(request: RecordedRequest, settings: MatchSettings = {}): string[] {
  return needlesOf(renameIds(compileRules(settings).apply(toComparable(request))).comparable)
}

const RULES: MatchSettings = {
  ignore: ['metadata', 'messages[*].name'],
  normalise: ['uuid', 'iso-date', 'number in input', /b+/]
}

/** What a recording may differ in, and be equal all the same. */
function expectFound(wanted: RecordedRequest, recorded: RecordedRequest, settings: MatchSettings = {}): void {
  const text = textOf(recorded)
  if (!isReadable(text)) return
  for (const needle of needles(wanted, settings)) expect(text).toContain(needle)
}

describe('needles', () => {
  it('are the longest runs that every form writes as they are', () => {
    expect(needles(chat('Say "hi" to <b>everybody</b> in the café, please.\nAnd\tgo'))).toEqual(
      [
        'https://api.openai.com/v1/chat/completions',
        'everybody',
        ', please.',
        'gpt-4o',
        'in the caf',
        'user',
        'Say',
        'And'
      ].toSorted((a, b) => b.length - a.length)
    )
  })

  it('leave out what a rule makes equal, and what stands between two such places', () => {
    const uuid = '3f0e5c1a-9b1d-4c7e-8a52-0d6a1b2c3d41'
    const found = needles(chat(`first words ${uuid} between ${uuid} last words`), { normalise: ['uuid'] })
    expect(found).toContain('first words')
    expect(found).toContain('last words')
    expect(found.join()).not.toMatch(/between|3f0e|uuid/)
  })

  it('stand in a recording with other ids, runs, spacing and order of keys', () => {
    const body = (id: string, run: string): Record<string, unknown> => ({
      model: 'gpt-4o',
      metadata: { run },
      input: `The build ${run} of the river report`,
      messages: [
        { role: 'assistant', tool_calls: [{ id, type: 'function', function: { name: 'f', arguments: '{"city":"Paris"}' } }] },
        { role: 'tool', tool_call_id: id, content: `${id} says\nsunny`, name: run }
      ]
    })
    const recorded = jsonRequest(body('call_recorded1', '17'))
    const { messages, ...rest } = body('my-own-call-7', '4321')
    const wanted = { ...recorded, body: Buffer.from(JSON.stringify({ messages, ...rest }, null, 3)) }
    expectFound(wanted, recorded, RULES)
    expect(needles(wanted, RULES)).toContain('of the river report')
  })

  it('of every real request stand in its own recording', () => {
    const all = realExchanges()
    expect(all.length).toBeGreaterThan(200)
    for (const { request } of all) {
      const recorded = { ...request, url: new URL(request.url, 'https://api.openai.com').href }
      expectFound(recorded, recorded)
      expectFound(recorded, recorded, RULES)
    }
  })

  it('of any body stand in its own recording, where it is JSON or a form', () => {
    fc.assert(
      fc.property(chanceBody, ({ contentType, body }) => {
        const headers = contentType === undefined ? [] : [['content-type', contentType] as const]
        const request = jsonRequest({}, { headers, body })
        expectFound(request, request, RULES)
      }),
      { numRuns: 500 }
    )
  })
})
