/** One connection to Redis: soon a clear error while it is away, and back by itself. */
import { createHash } from 'node:crypto'
import { LedgerError } from './ledger.ts'

/** Runs a script in one atomic step. */
export type RunScript = (script: string, keys: readonly string[], values: readonly (number | string)[]) => Promise<unknown>

export interface RedisConnection {
  readonly run: RunScript
  command(words: readonly string[]): Promise<unknown>
  /** Runs a task again and again, until the connection is closed; told the time in milliseconds since 1970. It must not reject. */
  every(ms: number, task: (now: number) => Promise<unknown>): void
  close(): Promise<void>
}

/** What is used of the client of `@redis/client`, which need not be installed. */
interface Client {
  readonly isReady: boolean
  connect(): Promise<unknown>
  sendCommand(words: readonly string[]): Promise<unknown>
  close(): Promise<unknown>
  destroy(): void
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** Longest wait between two attempts to come back, in milliseconds. */
const LONGEST_PAUSE_MS = 1_000

/** How often the connection is tried, and when a silent one counts as lost, in milliseconds. */
const PING_MS = 2_000
const SILENCE_MS = 6_000

export async function connectRedis(url: string, timeoutMs: number): Promise<RedisConnection> {
  const where = nameServer(url)
  const client = await createClient(url, timeoutMs)
  let lastError = 'it does not answer'
  let isClosed = false
  const timers: NodeJS.Timeout[] = []
  client.on('error', (error) => (lastError = describe(error)))
  const away = (): LedgerError => unavailable(where, lastError)
  async function command(words: readonly string[]): Promise<unknown> {
    if (isClosed) throw new LedgerError('ledger_closed', 'The ledger is closed, because the proxy is closing. Start it again.')
    if (!client.isReady) throw away()
    return within(client.sendCommand(words), timeoutMs, () => unavailable(where, `no answer within ${timeoutMs} ms`))
  }
  try {
    await within(client.connect(), timeoutMs * 2, away)
  } catch (error) {
    client.destroy()
    throw asLedgerError(error, where)
  }
  return {
    async command(words) {
      try {
        return await command(words)
      } catch (error) {
        throw asLedgerError(error, where)
      }
    },
    run: async (script, keys, values) => {
      const rest = [String(keys.length), ...keys, ...values.map(String)]
      try {
        return await command(['EVALSHA', createHash('sha1').update(script).digest('hex'), ...rest]).catch((error: unknown) => {
          // Redis has been started anew, or has never seen the script.
          if (error instanceof Error && error.message.startsWith('NOSCRIPT')) return command(['EVAL', script, ...rest])
          throw error
        })
      } catch (error) {
        throw asLedgerError(error, where)
      }
    },
    every(ms, task) {
      timers.push(setInterval(() => void task(Date.now()), ms).unref())
    },
    async close() {
      if (isClosed) return
      isClosed = true
      for (const timer of timers) clearInterval(timer)
      if (!client.isReady) return client.destroy()
      await within(client.close(), timeoutMs, away).catch(() => client.destroy())
    }
  }
}

async function createClient(url: string, timeoutMs: number): Promise<Client> {
  const redis = await import('@redis/client').catch((error: unknown) => {
    const message = 'A ledger in Redis needs the package @redis/client. Install it: npm install @redis/client'
    throw new LedgerError('missing_package', message, { cause: error })
  })
  const options = {
    url,
    disableOfflineQueue: true,
    pingInterval: PING_MS,
    socket: {
      connectTimeout: timeoutMs,
      socketTimeout: SILENCE_MS,
      reconnectStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 10), LONGEST_PAUSE_MS)
    }
  }
  try {
    return redis.createClient(options) as unknown as Client
  } catch {
    throw badAddress()
  }
}

/** A timeout passes in so many parts, so that a process that was busy with itself for long looks for the answer before it gives up. */
const TIMEOUT_PARTS = 10

async function within<T>(work: Promise<T>, timeoutMs: number, late: () => LedgerError): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const end = new Promise<never>((_resolve, reject) => {
    const wait = (parts: number): void => {
      if (parts === 0) reject(late())
      else timer = setTimeout(wait, timeoutMs / TIMEOUT_PARTS, parts - 1)
    }
    wait(TIMEOUT_PARTS)
  })
  try {
    return await Promise.race([work, end])
  } finally {
    clearTimeout(timer)
  }
}

function asLedgerError(error: unknown, where: string): LedgerError {
  return error instanceof LedgerError ? error : unavailable(where, describe(error), error)
}

function unavailable(where: string, why: string, cause?: unknown): LedgerError {
  const message = `The ledger in Redis at ${where} cannot be used: ${why}. Start Redis or set LEDGER right; the connection comes back by itself.`
  return new LedgerError('ledger_unavailable', message, { cause })
}

/** An error of Redis may quote the command; it is cut short. An AggregateError (both loopback addresses refused) says nothing by itself. */
function describe(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return describe(error.errors[0])
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 200)
}

/** Host and port, without the password. */
function nameServer(url: string): string {
  try {
    return new URL(url).host
  } catch {
    throw badAddress()
  }
}

/** Says nothing of the address itself: it may hold a password. */
function badAddress(): LedgerError {
  return new LedgerError(
    'ledger_unavailable',
    'The address of Redis cannot be used. Write LEDGER=redis://HOST:6379, or rediss:// for TLS.'
  )
}
