/** Calendar periods in a named time zone, right on the days on which the clocks change. */
import { BudgetError } from './budgets.ts'

export type CalendarPeriod = 'hour' | 'day' | 'month'

export interface Span {
  /** Names the period: `2026-11-24`, `2026-11`; an hour by its beginning in UTC, because a local hour can come twice. */
  readonly name: string
  /** The first moment after it, in milliseconds since 1970. */
  readonly end: number
}

/** The period that a moment lies in. */
export type Calendar = (period: CalendarPeriod, at: number) => Span

const HOUR_MS = 3_600_000

/** No day, and no month, is longer: with an hour or two for a change of the clocks. */
const LONGEST_MS = { day: 26 * HOUR_MS, month: (31 * 24 + 2) * HOUR_MS } as const

/**
 * @param zone an IANA name: `UTC`, `Europe/Berlin`
 * @throws BudgetError when the zone is not known
 */
export function createCalendar(zone: string): Calendar {
  const parts = zone === 'UTC' ? partsInUtc : partsIn(dateFormat(zone))
  const known = new Map<CalendarPeriod, Span & { readonly from: number }>()
  const nameDay = (period: 'day' | 'month', at: number): string => {
    const part = parts(at)
    const month = `${part.get('year')}-${part.get('month')}`
    return period === 'month' ? month : `${month}-${part.get('day')}`
  }

  function hour(at: number): Span {
    const part = parts(at)
    const into = (Number(part.get('minute')) * 60 + Number(part.get('second'))) * 1000 + (((at % 1000) + 1000) % 1000)
    return { name: new Date(at - into).toISOString().slice(0, 16), end: at - into + HOUR_MS }
  }

  /** The last moment of a day is searched for: no midnight is assumed, because some days have none. */
  function day(period: 'day' | 'month', at: number): Span {
    const name = nameDay(period, at)
    let inside = at
    let outside = at + LONGEST_MS[period]
    while (outside - inside > 1) {
      const middle = Math.floor((inside + outside) / 2)
      if (nameDay(period, middle) === name) inside = middle
      else outside = middle
    }
    return { name, end: outside }
  }

  return (period, at) => {
    const last = known.get(period)
    if (last && at >= last.from && at < last.end) return last
    const span = { ...(period === 'hour' ? hour(at) : day(period, at)), from: at }
    known.set(period, span)
    return span
  }
}

/** What a clock and a calendar show at a moment: `year`, `month`, `day`, `hour`, `minute`, `second`. */
type Parts = (at: number) => ReadonlyMap<string, string>

const partsIn =
  (format: Intl.DateTimeFormat): Parts =>
  (at) =>
    new Map(format.formatToParts(at).map(({ type, value }) => [type, value]))

/** The same without the tables of all zones, which take 10 ms to load. */
const partsInUtc: Parts = (at) => {
  const [year = '', month = '', day = '', hour = '', minute = '', second = ''] = new Date(at).toISOString().split(/[-T:.]/)
  return new Map(Object.entries({ year, month, day, hour, minute, second }))
}

function dateFormat(timeZone: string): Intl.DateTimeFormat {
  const digits = { month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' } as const
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, calendar: 'gregory', hourCycle: 'h23', year: 'numeric', ...digits })
  } catch {
    throw new BudgetError(
      `${JSON.stringify(timeZone.slice(0, 60))} is no time zone. Write an IANA name: UTC, Europe/Berlin, America/New_York.`
    )
  }
}
