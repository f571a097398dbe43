/** A ledger that several processes share through Redis or Valkey. */
import { connectRedis, type RunScript } from './redis-connection.ts'
import {
  checkAmounts,
  LedgerError,
  type Allowance,
  type Ledger,
  type RatesTaken,
  type Refusal,
  type Reservation,
  type Reserved,
  type Taken,
  type Totals
} from './ledger.ts'
import { RENEW, RESERVE, SETTLE, TAKE } from './redis-scripts.ts'

export interface RedisLedgerOptions {
  /** `redis[s]://[[user]:password@]host[:port][/database]` */
  readonly url: string
  /** Stands before every key. In braces, so that a cluster keeps all of them in one place. @default '{openai-proxy}:' */
  readonly prefix?: string
  /** After this long without an answer a call is refused, in milliseconds. @default 1000 */
  readonly timeoutMs?: number
  /** So long after a process has died the seats of its calls are free, in milliseconds. A process that lives renews them. @default 30000 */
  readonly leaseMs?: number
}

/** Above this number, counts would not be whole any more. It stands for "no limit". */
const MOST = Number.MAX_SAFE_INTEGER

/**
 * Connects to Redis. The moments that calls bring must come from clocks that agree (NTP).
 * While Redis is away every call is refused with `ledger_unavailable`, soon; the connection comes back by itself.
 * @throws LedgerError `missing_package` without `@redis/client`, `ledger_unavailable` when Redis cannot be reached now
 */
export async function connectRedisLedger({
  url,
  prefix = '{openai-proxy}:',
  timeoutMs = 1000,
  leaseMs = 30_000
}: RedisLedgerOptions): Promise<Ledger> {
  const redis = await connectRedis(url, timeoutMs)
  const { run } = redis
  const names = createNames(prefix)
  const leases = createLeases(run, leaseMs)
  redis.every(leaseMs / 3, leases.renew)
  return {
    take: (key, allowance) => take(run, names.window(key), allowance),
    async reserve(reservation) {
      const { id, seats = [] } = reservation
      const reserved = await reserve(run, names, { reservation, leaseMs })
      if (reserved.granted && seats.length > 0)
        leases.hold(
          names.reservation(id),
          seats.map((entry) => names.seats(entry.seats))
        )
      return reserved
    },
    settle(id, actual, rates = NO_RATES) {
      leases.leave(names.reservation(id))
      return settle(run, names, { id, actual, rates })
    },
    async used(account) {
      return Number((await redis.command(['HGET', names.account(account), 'used'])) ?? 0)
    },
    close: () => redis.close()
  }
}

const NO_RATES: RatesTaken = { windows: new Map(), seats: [] }

/** What keys are called. */
interface Names {
  reservation(id: string): string
  account(name: string): string
  /** The window itself, and its counts. */
  window(name: string): readonly [window: string, counts: string]
  seats(name: string): string
}

function createNames(prefix: string): Names {
  return {
    reservation: (id) => `${prefix}reservation:${id}`,
    account: (name) => `${prefix}account:${name}`,
    window: (name) => [`${prefix}rate:${name}`, `${prefix}rate:${name}:counts`],
    seats: (name) => `${prefix}seats:${name}`
  }
}

interface Leases {
  hold(call: string, seats: readonly string[]): void
  leave(call: string): void
  /** A call whose seat cannot be renewed keeps running; its seat is renewed the next time. */
  renew(now: number): Promise<void>
}

/** The seats of this process' calls: renewed while they run, so that those of a process that died are soon free. */
function createLeases(run: RunScript, leaseMs: number): Leases {
  const held = new Map<string, readonly string[]>()
  return {
    hold: (call, seats) => void held.set(call, seats),
    leave: (call) => void held.delete(call),
    async renew(now) {
      const pairs = [...held].flatMap(([call, seats]) => seats.map((name) => [name, call] as const))
      if (pairs.length === 0) return
      const values = [now, Math.ceil(leaseMs), ...pairs.map(([, call]) => call)]
      await run(
        RENEW,
        pairs.map(([name]) => name),
        values
      ).catch(() => undefined)
    }
  }
}

async function take(run: RunScript, keys: readonly string[], allowance: Allowance): Promise<Taken> {
  const { limit, windowMs, now, amount = 1 } = allowance
  checkAmounts([amount])
  const wait = Number(await run(TAKE, keys, [now, Math.ceil(windowMs), amount, Math.min(limit, MOST)]))
  return wait === 0 ? { granted: true } : { granted: false, retryAfterMs: toWait(wait) }
}

type Reservations = { readonly reservation: Reservation; readonly leaseMs: number }

async function reserve(run: RunScript, names: Names, { reservation, leaseMs }: Reservations): Promise<Reserved> {
  const { id, entries, windows = [], seats = [], now } = reservation
  checkAmounts([...entries, ...windows].map(({ amount }) => amount))
  const keys = [
    names.reservation(id),
    ...entries.map(({ account }) => names.account(account)),
    ...windows.flatMap(({ window }) => names.window(window)),
    ...seats.map((entry) => names.seats(entry.seats))
  ]
  const spans = [...entries.map(({ expiresAt }) => expiresAt - now), ...windows.map(({ windowMs }) => windowMs), leaseMs]
  const values = [
    now,
    Math.ceil(Math.max(...spans)),
    Math.ceil(leaseMs),
    entries.length,
    windows.length,
    seats.length,
    ...entries.flatMap(({ limit, amount, expiresAt }) => [Math.min(limit, MOST), amount, Math.ceil(expiresAt)]),
    ...windows.flatMap(({ limit, amount, windowMs }) => [Math.min(limit, MOST), amount, Math.ceil(windowMs)]),
    ...seats.map(({ limit }) => Math.min(limit, MOST))
  ]
  const [granted, ...rest] = (await run(RESERVE, keys, values)) as (number | string)[]
  if (granted !== 1) return readRefusal(reservation, rest)
  const counts = rest.map(Number)
  const windowsAt = entries.length
  const seatsAt = windowsAt + windows.length * 2
  return {
    granted: true,
    used: new Map(entries.map(({ account }, index) => [account, counts[index]!])),
    windows: new Map(
      windows.map(({ window }, index) => {
        const at = windowsAt + index * 2
        return [window, { used: counts[at]!, freeInMs: counts[at + 1]! }]
      })
    ),
    running: new Map(seats.map((entry, index) => [entry.seats, counts[seatsAt + index]!]))
  }
}

function readRefusal({ entries, windows = [], seats = [] }: Reservation, answer: readonly (number | string)[]): Refusal {
  const [kind, number, value] = answer
  const index = Number(number) - 1
  const entry = kind === 'account' ? entries[index] : undefined
  if (entry) return { granted: false, account: entry.account, limit: entry.limit, used: Number(value) }
  const window = kind === 'window' ? windows[index] : undefined
  if (window) return { granted: false, window: window.window, retryAfterMs: toWait(Number(value)) }
  const seat = kind === 'seats' ? seats[index] : undefined
  if (seat) return { granted: false, seats: seat.seats, running: Number(value) }
  throw new LedgerError('ledger_unavailable', 'Redis gave no answer that the ledger knows. Look at what else uses its keys.')
}

type Settled = { readonly id: string; readonly actual: Totals; readonly rates: RatesTaken }

async function settle(run: RunScript, names: Names, { id, actual, rates }: Settled): Promise<Totals> {
  checkAmounts([...actual.values(), ...rates.windows.values()])
  const accounts = [...actual.keys()]
  const keys = [
    names.reservation(id),
    ...accounts.map((account) => names.account(account)),
    ...[...rates.windows.keys()].flatMap((window) => names.window(window)),
    ...rates.seats.map((name) => names.seats(name))
  ]
  const values = [actual.size, rates.windows.size, ...actual.values(), ...rates.windows.values()]
  const used = (await run(SETTLE, keys, values)) as number[]
  return new Map(accounts.flatMap((account, index) => (used[index] === -1 ? [] : [[account, used[index]!] as const])))
}

/** A script says -1 where no wait is long enough. */
function toWait(wait: number): number {
  return wait === -1 ? Number.POSITIVE_INFINITY : wait
}
