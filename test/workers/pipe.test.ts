/** What is said in one turn goes over in one message, in order. */
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Message } from '../../src/workers/calls.ts'
import { pipeTo, type PipeEnd } from '../../src/workers/pipe.ts'

const ask = (id: number): Message => ['ask', id, 'take', []]

it('gathers what is said in a turn, and keeps its order', async () => {
  const sent: (readonly Message[])[] = []
  const heard: Message[] = []
  let tell: (messages: readonly Message[]) => void = () => undefined
  const end: PipeEnd = {
    send: (messages) => sent.push(messages) > 0,
    on: (event: string, hear: (messages: readonly Message[]) => void) => {
      if (event === 'message') tell = hear
    }
  }
  const pipe = pipeTo(end)
  pipe.onMessage((message) => heard.push(message))
  for (const id of [1, 2, 3]) pipe.send(ask(id))
  expect(sent).toEqual([])
  await turn()
  pipe.send(ask(4))
  await turn()
  expect(sent).toEqual([[ask(1), ask(2), ask(3)], [ask(4)]])
  for (const messages of sent) tell(messages)
  expect(heard).toEqual([1, 2, 3, 4].map(ask))
})
