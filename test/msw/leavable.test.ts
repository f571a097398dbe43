/** A streamed answer that was cloned, as MSW clones it, ends with its first reader. */
import { expect, test } from 'vitest'
import { leavable } from '../../src/msw/leavable.ts'

interface Source {
  readonly response: Response
  left: unknown
  pulled: number
}

/** A stream that goes on for ever, or ends, or breaks. */
function stream(end?: 'close' | 'error'): Source {
  const source: Source = { response: new Response(undefined), left: undefined, pulled: 0 }
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        source.pulled += 1
        if (source.pulled <= 2 || end === undefined) controller.enqueue(new TextEncoder().encode(`${source.pulled} `))
        else if (end === 'close') controller.close()
        else controller.error(new Error('broken'))
      },
      cancel(reason) {
        source.left = reason
      }
    },
    { highWaterMark: 0 }
  )
  const response = leavable(new Response(body, { status: 201, headers: { 'x-one': '1' } }))
  return Object.assign(source, { response })
}

test('a clone reads what the first reader reads, and both end', async () => {
  const { response } = stream('close')
  const clones = [response.clone(), response.clone()]
  expect(await response.text()).toBe('1 2 ')
  expect(await Promise.all(clones.map((clone) => clone.text()))).toEqual(['1 2 ', '1 2 '])
  expect([response.status, clones[0]!.status, clones[0]!.headers.get('x-one')]).toEqual([201, 201, '1'])
})

test('the first reader leaves, whoever holds a clone: also one that the platform made', async () => {
  for (const clone of [(one: Response) => one.clone(), (one: Response) => new Response(one.body).clone()]) {
    const source = stream()
    const body = source.response.body!
    const held = clone(source.response)
    const reader = body.getReader()
    await reader.read()
    await reader.cancel('enough')
    expect(source.left).toBe('enough')
    expect(await held.text()).toBe('1 ')
  }
})

test('nothing is read ahead, and a clone that leaves disturbs nobody', async () => {
  const source = stream('close')
  const clone = source.response.clone()
  expect(source.pulled).toBe(0)
  await clone.body!.cancel()
  expect(await source.response.text()).toBe('1 2 ')
})

test('what breaks is seen by the first reader, and ends a clone', async () => {
  const { response } = stream('error')
  const clone = response.clone()
  await expect(response.text()).rejects.toThrow('broken')
  expect(await clone.text()).toBe('1 2 ')
})

test('an answer without a body stays as it is', () => {
  const empty = new Response(null, { status: 204 })
  expect(leavable(empty)).toBe(empty)
})
