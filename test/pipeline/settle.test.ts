/** When finished exchanges reach those who keep them: the log of many that ended together holds nobody up. */
import { expect, it } from 'vitest'
import { openExchange } from '../../src/pipeline/open-exchange.ts'
import type { Policy } from '../../src/pipeline/policy.ts'
import type { Clock } from '../../src/pipeline/ports.ts'
import { createSettlement, type Settlement } from '../../src/pipeline/settle.ts'
import type { ModelCall } from '../../src/providers/provider.ts'

/** A settlement whose turns a test takes by hand. */
function byHand() {
  const logged: string[] = []
  const [turns, left]: (() => void)[][] = [[], []]
  const clock: Clock = {
    now: () => 0,
    elapsed: () => 0,
    after: () => () => undefined,
    sleep: async () => undefined,
    later: (task) => void turns!.push(task),
    behind: (task) => void left!.push(task)
  }
  const settlement: Settlement = createSettlement({
    sinks: [{ name: 'log', settle: async ({ id }) => void logged.push(id) }],
    watchers: [],
    clock,
    report: (line) => logged.push(line),
    ended: () => undefined
  })
  /** Does all of a kind that waits now, and what follows from it at once. */
  const run = async (tasks: (() => void)[]): Promise<void> => {
    for (const task of tasks.splice(0)) task()
    await new Promise((resolve) => setTimeout(resolve))
  }
  return {
    logged,
    endTurn: () => run(left!),
    nextTurn: () => run(turns!),
    settle(id: string, stream: boolean) {
      const request = { method: 'POST', url: '/v1/chat/completions', headers: [], body: new Uint8Array() }
      const exchange = openExchange(request, { clock, newId: () => id, policy: () => ({}) as Policy })
      exchange.call = { stream } as ModelCall
      settlement.settle(exchange, { source: 'upstream', outcome: 'complete', error: undefined })
    }
  }
}

it('logs calls behind the answers of their turn, all at once', async () => {
  const { logged, endTurn, settle } = byHand()
  for (const id of ['a', 'b', 'c']) settle(id, false)
  expect(logged).toEqual([])
  await endTurn()
  expect(logged).toEqual(['a', 'b', 'c'])
})

it('logs streams one in a turn: those that ended together begin together, too', async () => {
  const { logged, endTurn, nextTurn, settle } = byHand()
  for (const id of ['a', 'b', 'c']) settle(id, true)
  await endTurn()
  expect(logged).toEqual([])
  for (const expected of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
    await nextTurn()
    expect(logged).toEqual(expected)
  }
})
