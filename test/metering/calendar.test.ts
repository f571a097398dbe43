/** Calendar periods: UTC is computed, all other zones are looked up. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createCalendar } from '../../src/metering/calendar.ts'

const moments = fc.date({ min: new Date('1970-01-02'), max: new Date('2999-12-31'), noInvalidDate: true }).map(Number)

it('in UTC has the periods that the same zone has by another name', () => {
  fc.assert(
    fc.property(moments, fc.constantFrom('hour', 'day', 'month'), (at, period) => {
      expect(createCalendar('UTC')(period, at)).toEqual(createCalendar('Etc/UTC')(period, at))
    }),
    { numRuns: 60 }
  )
})

it('ends a day and a month of UTC at midnight, to the millisecond', () => {
  const calendar = createCalendar('UTC')
  const last = Date.parse('2028-02-29T23:59:59.999Z')
  expect(calendar('day', last)).toMatchObject({ name: '2028-02-29', end: last + 1 })
  expect(calendar('month', last)).toMatchObject({ name: '2028-02', end: last + 1 })
  expect(calendar('hour', last)).toMatchObject({ name: '2028-02-29T23:00', end: last + 1 })
  expect(calendar('day', last + 1).name).toBe('2028-03-01')
})
