/** Two processes ask each other: values, errors and an end come through. */
import { expect, it } from 'vitest'
import { LedgerError } from '../../src/metering/ledger.ts'
import { connect } from '../../src/workers/calls.ts'
import { pipePair } from './pipe-pair.ts'

interface Sums {
  add(a: number, b: number): Promise<number>
  keys(map: ReadonlyMap<string, number>): Promise<string[]>
  fail(how: 'ledger' | 'coded' | 'text'): Promise<never>
  never(): Promise<never>
}

const sums: Sums = {
  add: async (a, b) => a + b,
  keys: async (map) => [...map.keys()],
  async fail(how) {
    if (how === 'ledger') throw new LedgerError('ledger_unavailable', 'away')
    if (how === 'coded') throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    // eslint-disable-next-line no-throw-literal
    throw 'plain'
  },
  never: () => new Promise(() => undefined)
}

it('gives each answer to its question, whatever their order', async () => {
  const pipe = pipePair()
  connect(pipe.right, sums)
  const ask = connect<Sums>(pipe.left, {})
  expect(await Promise.all([ask('add', 1, 2), ask('keys', new Map([['a', Infinity]])), ask('add', Infinity, 1)])).toEqual([
    3,
    ['a'],
    Infinity
  ])
})

it('both sides may ask at once', async () => {
  const pipe = pipePair()
  const left = connect<Sums>(pipe.left, { add: async (a: number, b: number) => a * b })
  const right = connect<Sums>(pipe.right, sums)
  expect(await Promise.all([left('add', 3, 4), right('add', 3, 4)])).toEqual([7, 12])
})

it('throws what was thrown there, by its class where that is told apart', async () => {
  const pipe = pipePair()
  connect(pipe.right, sums)
  const ask = connect<Sums>(pipe.left, {})
  const ledger = await ask('fail', 'ledger').catch((error: unknown) => error)
  expect(ledger).toBeInstanceOf(LedgerError)
  expect(ledger).toMatchObject({ code: 'ledger_unavailable', message: 'away' })
  const coded = await ask('fail', 'coded').catch((error: unknown) => error)
  expect(coded).not.toBeInstanceOf(LedgerError)
  expect(coded).toMatchObject({ code: 'ENOENT', message: 'no such file' })
  await expect(ask('fail', 'text')).rejects.toThrow('plain')
  await expect(connect<Sums>(pipePairToNobody(), {})('add', 1, 2)).rejects.toThrow('Nobody here answers add.')
})

it('rejects what waits, and what comes later, when the other side is gone', async () => {
  const pipe = pipePair()
  connect(pipe.right, sums)
  const ask = connect<Sums>(pipe.left, {})
  const waiting = ask('never')
  pipe.close()
  await expect(waiting).rejects.toMatchObject({ code: 'ledger_closed' })
  await expect(ask('add', 1, 2)).rejects.toMatchObject({ code: 'ledger_closed' })
})

function pipePairToNobody(): ReturnType<typeof pipePair>['left'] {
  const pipe = pipePair()
  connect(pipe.right, {})
  return pipe.left
}
