/** Budgets: how they are written, and which accounts a call touches, on every day of the calendar. */
import { describe, expect, it } from 'vitest'
import { createBudgetAccounts, type BudgetAccount, type BudgetedCall } from '../../src/metering/budget-accounts.ts'
import { parseBudgets, type Budget } from '../../src/metering/budgets.ts'
import { createCalendar, type CalendarPeriod } from '../../src/metering/calendar.ts'

describe('a list of budgets', () => {
  it('is read', () => {
    expect(parseBudgets('5/day, 100/month,$2.50/hour,0.000001/run')).toEqual([
      { limit: 5_000_000, unit: 'usd', period: 'day' },
      { limit: 100_000_000, unit: 'usd', period: 'month' },
      { limit: 2_500_000, unit: 'usd', period: 'hour' },
      { limit: 1, unit: 'usd', period: 'run' }
    ])
    expect(parseBudgets('200000 tokens/Day,5 USD/day')).toEqual([
      { limit: 200_000, unit: 'tokens', period: 'day' },
      { limit: 5_000_000, unit: 'usd', period: 'day' }
    ])
  })

  it.each([
    ['', 'run, hour, day, month'],
    ['5', 'run, hour, day, month'],
    ['5/week', 'Choose one of run, hour, day, month'],
    ['5/day,', '"" is no budget'],
    ['-5/day', 'no budget'],
    ['5 EUR/day', 'no budget'],
    ['1e3/day', 'no budget'],
    ['0/day', 'more than 0'],
    ['99999999999999/day', 'less than'],
    ['0.0000001/day', 'least that is counted'],
    ['1.5 tokens/day', 'least that is counted'],
    ['5/day,6/day', 'Two budgets']
  ])('%j is refused, and the error names the way out', (text, says) => {
    expect(() => parseBudgets(text)).toThrow(says)
  })
})

describe('the calendar', () => {
  it.each<[string, string, CalendarPeriod, string, string, string]>([
    ['an hour', 'UTC', 'hour', '2026-11-24T10:59:59.999Z', '2026-11-24T10:00', '2026-11-24T11:00:00.000Z'],
    ['a day', 'UTC', 'day', '2026-11-24T00:00:00.000Z', '2026-11-24', '2026-11-25T00:00:00.000Z'],
    ['a leap day', 'UTC', 'day', '2028-02-29T12:00:00.000Z', '2028-02-29', '2028-03-01T00:00:00.000Z'],
    ['a month', 'UTC', 'month', '2026-12-31T23:59:59.999Z', '2026-12', '2027-01-01T00:00:00.000Z'],
    ['a month from its first moment', 'UTC', 'month', '2026-12-01T00:00:00.000Z', '2026-12', '2027-01-01T00:00:00.000Z'],
    ['a day elsewhere', 'Asia/Tokyo', 'day', '2026-11-24T15:00:00.000Z', '2026-11-25', '2026-11-25T15:00:00.000Z'],
    ['the day of 25 hours', 'Europe/Berlin', 'day', '2026-10-24T22:00:00.000Z', '2026-10-25', '2026-10-25T23:00:00.000Z'],
    ['the day of 23 hours', 'Europe/Berlin', 'day', '2026-03-28T23:00:00.000Z', '2026-03-29', '2026-03-29T22:00:00.000Z'],
    ['the month that holds it', 'Europe/Berlin', 'month', '2026-09-30T22:00:00.000Z', '2026-10', '2026-10-31T23:00:00.000Z'],
    [
      'the hour that comes twice, first',
      'Europe/Berlin',
      'hour',
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T00:00',
      '2026-10-25T01:00:00.000Z'
    ],
    [
      'the hour that comes twice, second',
      'Europe/Berlin',
      'hour',
      '2026-10-25T01:30:00.000Z',
      '2026-10-25T01:00',
      '2026-10-25T02:00:00.000Z'
    ],
    [
      'an hour of a zone with a half',
      'Asia/Kolkata',
      'hour',
      '2026-11-24T10:29:00.000Z',
      '2026-11-24T09:30',
      '2026-11-24T10:30:00.000Z'
    ],
    // Chile puts its clocks forward at midnight: the day begins at one o'clock.
    [
      'a day before one without midnight',
      'America/Santiago',
      'day',
      '2024-09-07T12:00:00.000Z',
      '2024-09-07',
      '2024-09-08T04:00:00.000Z'
    ]
  ])('%s in %s', (_name, zone, period, at, name, end) => {
    const span = createCalendar(zone)(period, Date.parse(at))
    expect({ name: span.name, end: new Date(span.end).toISOString() }).toEqual({ name, end })
  })

  it('goes through three years without a gap, in any order', () => {
    for (const zone of ['Europe/Berlin', 'America/Havana', 'Australia/Lord_Howe', 'Pacific/Apia']) {
      const calendar = createCalendar(zone)
      const names = new Set<string>()
      const from = Date.UTC(2025, 0, 1)
      let at = from
      while (at < Date.UTC(2028, 0, 1)) {
        const span = calendar('day', at)
        expect(span.end).toBeGreaterThan(at)
        names.add(span.name)
        at = span.end
      }
      expect(names.size, zone).toBeGreaterThanOrEqual(1095)
      expect(names.size, zone).toBeLessThanOrEqual(1097)
      expect(calendar('day', from).name).toBe([...names][0])
    }
  })

  it('refuses a zone that it does not know', () => {
    expect(() => createCalendar('Mars/Olympus')).toThrow('Europe/Berlin')
  })
})

describe('the accounts of a call', () => {
  const AT = Date.parse('2026-11-24T10:30:00Z')
  function touched(budgets: Budget[], call: Partial<BudgetedCall> = {}, runId = 'run-1'): BudgetAccount[] {
    return createBudgetAccounts({ budgets, runId })({ at: AT, models: ['gpt-4o'], ...call })
  }
  const usd = (limit: number, more: Partial<Budget> = {}): Budget => ({ limit, unit: 'usd', period: 'day', ...more })

  it('are one for each budget that holds for it', () => {
    const accounts = touched([...parseBudgets('5/day,100/month,2/hour,1/run,1000 tokens/day')])
    expect(accounts.map(({ unit, limit }) => [unit, limit])).toEqual([
      ['usd', 5e6],
      ['usd', 100e6],
      ['usd', 2e6],
      ['usd', 1e6],
      ['tokens', 1000]
    ])
    expect(new Set(accounts.map(({ account }) => account)).size).toBe(5)
    expect(accounts.map(({ expiresAt }) => new Date(expiresAt).toISOString().slice(0, 13)).slice(0, 3)).toEqual([
      '2026-11-25T00',
      '2026-12-01T00',
      '2026-11-24T11'
    ])
  })

  it('are others on another day and in another run, and the same for another limit', () => {
    const name = (...input: Parameters<typeof touched>): string => touched(...input)[0]!.account
    expect(name([usd(5)], { at: AT + 86_400_000 })).not.toBe(name([usd(5)]))
    expect(name([usd(9)])).toBe(name([usd(5)]))
    expect(name([usd(5, { period: 'run' })], {}, 'run-2')).not.toBe(name([usd(5, { period: 'run' })]))
  })

  it('follow the token: one, each for itself, or none', () => {
    const of = (token: string | undefined, budget: Budget): string[] => touched([budget], { token }).map(({ account }) => account)
    expect(of('ci', usd(5, { token: 'ci' }))).toHaveLength(1)
    expect(of('dev', usd(5, { token: 'ci' }))).toEqual([])
    expect(of(undefined, usd(5, { token: '*' }))).toEqual([])
    expect(of('ci', usd(5, { token: '*' }))).not.toEqual(of('dev', usd(5, { token: '*' })))
  })

  it('follow the model, together for all that fit, whatever the case', () => {
    const budget = usd(5, { model: 'GPT-4*' })
    expect(touched([budget], { models: ['o3'] })).toEqual([])
    expect(touched([budget], { models: ['gpt-4o'] })[0]!.account).toBe(
      touched([budget], { models: ['o3', 'GPT-4.1'] })[0]!.account
    )
  })

  it('are named so that no token can pass for another account', () => {
    const one = touched([usd(5, { token: '*', model: 'a*' })], { token: 'x', models: ['a'] })[0]!.account
    const two = touched([usd(5, { token: '*' })], { token: 'x:model=a*', models: ['a'] })[0]!.account
    expect(one).not.toBe(two)
  })

  it('come once where two budgets mean the same one: the smaller limit holds', () => {
    expect(touched([usd(5), usd(3), usd(9)]).map(({ limit }) => limit)).toEqual([3])
  })
})
