/** What is said of a name is asked once, and remembered within bounds. */
import { expect, it } from 'vitest'
import { byName } from '../../src/http/by-name.ts'

function counted(): { readonly lengthOf: (name: string) => number | undefined; readonly asked: string[] } {
  const asked: string[] = []
  const lengthOf = byName((name) => {
    asked.push(name)
    return name === '' ? undefined : name.length
  })
  return { lengthOf, asked }
}

it('asks once of each name, also where nothing is said of it', () => {
  const { lengthOf, asked } = counted()
  expect(['a', 'bb', 'a', '', ''].map(lengthOf)).toEqual([1, 2, 1, undefined, undefined])
  expect(asked).toEqual(['a', 'bb', ''])
})

it('forgets when there are too many, and never keeps a long one', () => {
  const { lengthOf, asked } = counted()
  for (let number = 0; number < 1001; number += 1) lengthOf(`x-${number}`)
  lengthOf('x-0')
  expect(asked.filter((name) => name === 'x-0')).toHaveLength(2)
  const long = 'x'.repeat(101)
  expect([lengthOf(long), lengthOf(long)]).toEqual([101, 101])
  expect(asked.filter((name) => name === long)).toHaveLength(2)
})
