/** What a test is given, over a line that says what was asked of it: names, modes, outcomes, and what is missed. */
/* oxlint-disable vitest/no-standalone-expect -- the tests are made by what is tested */
import { afterAll, describe, expect, it } from 'vitest'
import { createTestWith } from '../../src/vitest/create-test.ts'
import type { Line, LineRequest } from '../../src/vitest/line.ts'
import { testWith } from '../../src/vitest.ts'
import { summaryOf } from './a-task.ts'

const asked: string[] = []
const ROOT = process.cwd()

/** Answers as a proxy does; of a cassette named so, a call is missed. */
const line: Line = {
  ask: async (request) => answer(request),
  askNow: answer
}

function answer({ method, url, body }: LineRequest): { readonly status: number; readonly text: string } {
  asked.push([method, url.replace('http://p/_proxy/sessions', ''), body].filter(Boolean).join(' '))
  if (url.endsWith('/faults')) return { status: 201, text: '{"text":"nth=2: status=429","seed":7}' }
  if (method === 'POST') {
    const { cassette } = JSON.parse(body!) as { readonly cassette: string }
    const base = `http://p/~/${cassette}`
    const env = { OPENAI_API_KEY: 'placeholder', ANTHROPIC_API_KEY: 'other' }
    return {
      status: 201,
      text: JSON.stringify({ id: cassette, url: base, openaiBaseURL: `${base}/v1`, anthropicBaseURL: base, env })
    }
  }
  const missed = url.includes('missing') ? [{ error: { code: 'cassette_miss', message: 'Nothing fits.' } }] : []
  const counts = { ...summaryOf().counts, missed: missed.length }
  return { status: 200, text: JSON.stringify({ ...summaryOf(), counts, exchanges: missed }) }
}

const make = createTestWith({ line, provided: () => ({ url: 'http://p', root: ROOT }) })
const test = make({})

describe('a test', () => {
  test('has addresses, keys that are none, and a report that is read when it is asked for', ({ proxy, cassette }) => {
    const name =
      'test/vitest/create-test.test/a-test/has-addresses-keys-that-are-none-and-a-report-that-is-read-when-it-is-asked-for'
    expect(cassette.name.startsWith(name.slice(0, 120))).toBe(true)
    expect(proxy.openai).toEqual({ baseURL: `http://p/~/${cassette.name}/v1`, apiKey: 'placeholder' })
    expect(proxy.anthropic).toEqual({ baseURL: `http://p/~/${cassette.name}`, apiKey: 'other' })
    expect(proxy.env['OPENAI_API_KEY']).toBe('placeholder')
    expect(asked.filter((line) => line.startsWith('GET'))).toEqual([])
    expect(proxy.exchanges).toEqual([])
    expect(proxy.report.title).toBe('test/a.test.ts > a')
    expect(cassette).toMatchObject({
      file: '/r/recordings/test/a.test/a.yaml',
      mode: 'replay',
      report: { counts: { replayed: 1 } }
    })
    expect(proxy.url).toContain('/~/')
  })

  test('that names neither opens none', () => expect(asked.filter((line) => line.includes('opens none'))).toEqual([]))

  make({ name: 'mine', mode: 'auto', maxTokens: 5 })('may have another name, mode and rules', ({ cassette }) => {
    expect(cassette.name).toBe('mine')
    const name = 'a test > may have another name, mode and rules'
    expect(JSON.parse(asked.at(-1)!.replace('POST ', ''))).toEqual({
      cassette: 'mine',
      title: `test/vitest/create-test.test.ts > ${name}`,
      test: { file: import.meta.filename, name },
      mode: 'auto',
      maxTokens: 5
    })
  })

  test('adds faults, in force at once', ({ proxy }) => {
    expect(proxy.fault({ nth: 2 }, { status: 429 })).toEqual({ text: 'nth=2: status=429', seed: 7 })
    expect(asked.at(-1)).toMatch(/^POST \/test\/vitest\/.*\/faults \{"nth":2,"status":429\}$/)
  })

  make({ name: 'failing' }).fails('that fails as it should has passed', ({ proxy }) => {
    expect(proxy.url).toBe('another')
  })

  make({ name: 'skipping' })('that skips itself keeps nothing', ({ proxy, skip }) => {
    void proxy
    skip('on purpose')
  })

  make({ name: 'missing-but-may', mayMiss: true })('does not where it may', ({ proxy }) => void proxy)

  testWith({}).fails('without a setup is told the line to add', ({ proxy }) => void proxy)
})

afterAll(() => {
  const closed = asked.filter((line) => line.startsWith('DELETE'))
  expect(closed).toContain('DELETE /mine?outcome=passed')
  expect(closed).toContain('DELETE /failing?outcome=passed')
  expect(closed).toContain('DELETE /skipping?outcome=failed')
  expect(closed).toHaveLength(asked.filter((line) => line.startsWith('POST {')).length)
})

it('the page has the same words as Node', async () => {
  const [page, node] = await Promise.all([import('../../src/vitest-page.ts'), import('../../src/vitest.ts')])
  expect(Object.keys(page).toSorted()).toEqual(Object.keys(node).toSorted())
})
