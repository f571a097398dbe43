/** `--workers N`: the first process starts the workers, keeps what they count together, replaces one that ends, and closes them all. */
import cluster, { type Worker } from 'node:cluster'
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { sumMetrics } from '../inspector/metrics.ts'
import type { Ledger } from '../metering/ledger.ts'
import { connect, type Ask } from './calls.ts'
import { lendLedger } from './lent-ledger.ts'
import type { FirstAnswers, Started, WorkerAnswers } from './messages.ts'
import { pipeTo } from './pipe.ts'

export interface WorkersParts {
  readonly count: number
  /** The arguments of the command line: every worker reads its own settings by them. */
  readonly args: readonly string[]
  /** What all count in; `undefined`: each worker opens what the settings name, which is another machine. */
  readonly ledger: Ledger | undefined
  /** One line on standard error. */
  readonly report: (line: string) => void
  /** The last worker has ended, and none takes its place. */
  readonly died: () => void
  /**
   * What a worker runs.
   * @default the worker of this package
   */
  readonly program?: string
}

/** A proxy of several processes. */
export interface RunningWorkers extends Started {
  /** Closes every worker in good order, then the ledger. Twice is no harm. */
  close(): Promise<void>
}

/** A worker, and what the first process knows of it. */
interface Member {
  readonly worker: Worker
  readonly isFirst: boolean
  readonly ask: Ask<WorkerAnswers>
  listens: boolean
}

/** As many workers as may be replaced within a minute: more is a fault that a new one has too. */
const MOST_RESTARTS = 5
const RESTART_WINDOW_MS = 60_000

/** How long a worker may live on once it has closed everything, in milliseconds. */
const LAST_WAIT_MS = 2000

/** @throws an `Error` that says why a worker could not start; none is left then */
export async function startWorkers(parts: WorkersParts): Promise<RunningWorkers> {
  const { count, ledger, args, program = fileURLToPath(new URL('./worker.js', import.meta.url)) } = parts
  cluster.setupPrimary({ exec: program, args: [...args], serialization: 'advanced' })
  const crew = createCrew(parts)
  const started = await Promise.allSettled(Array.from({ length: count }, (_, index) => crew.add(index === 0)))
  const close = async (): Promise<void> => {
    await crew.close()
    await ledger?.close()
  }
  const failure = started.find((one) => one.status === 'rejected')
  if (failure) {
    await close().catch(() => undefined)
    throw failure.reason
  }
  const [first] = started as [PromiseFulfilledResult<Started>]
  let closed: Promise<void> | undefined
  return { ...first.value, close: () => (closed ??= close()) }
}

interface Crew {
  /** Resolves when the new worker listens. */
  add(isFirst: boolean): Promise<Started>
  /** Rejects with the first error that a worker met while it closed, when all are closed. */
  close(): Promise<void>
}

function createCrew({ ledger, report, died }: WorkersParts): Crew {
  const members = new Set<Member>()
  const runId = randomUUID()
  const mayRestart = createAllowance()
  let isClosing = false

  function add(isFirst: boolean): Promise<Started> {
    const worker = cluster.fork()
    const lent = ledger && lendLedger(ledger)
    return new Promise((resolve, reject) => {
      const answers = {
        ...lent?.answers,
        order: async () => ({ runId, lendsLedger: lent !== undefined, isFirst }),
        started: async (facts) => {
          member.listens = true
          resolve(facts)
        },
        failed: async ({ message, code }) => reject(Object.assign(new Error(message), { code })),
        metrics: async () =>
          sumMetrics(await Promise.all([...members].filter((one) => one.listens).map(({ ask }) => ask('values'))))
      } satisfies Partial<FirstAnswers>
      const member: Member = { worker, isFirst, ask: connect<WorkerAnswers>(pipeTo(worker), answers), listens: false }
      members.add(member)
      // A pipe that breaks because its worker ends: the end itself is told below. Unheard, its error would end this process too.
      worker.on('error', () => undefined)
      worker.once('exit', (code: number | null, signal: string | null) => {
        members.delete(member)
        const how = signal ?? `exit code ${code}`
        reject(new Error(`A worker ended before it listened (${how}).`))
        void lent?.recall().catch(() => undefined)
        if (member.listens && !isClosing) void replace(member, how)
      })
    })
  }

  /** One that cannot start leaves the others to work on. */
  async function replace({ worker, isFirst }: Member, how: string): Promise<void> {
    const told = `Worker ${worker.process.pid} ended (${how})`
    if (mayRestart(Date.now())) {
      report(`${told}: another one takes its place.`)
      try {
        return void (await add(isFirst))
      } catch (error) {
        report(`No worker could take its place: ${error instanceof Error ? error.message : String(error)}`)
      }
    } else report(`${told}, after ${MOST_RESTARTS} others within a minute: none takes its place.`)
    if (members.size === 0) died()
  }

  return {
    add,
    async close() {
      isClosing = true
      const closed = await Promise.allSettled([...members].map(end))
      const failure = closed.find((one) => one.status === 'rejected')
      if (failure) throw failure.reason
    }
  }
}

/** Closes a worker in good order; one that then lives on is ended. */
async function end({ worker, ask, listens }: Member): Promise<void> {
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  try {
    // One that still starts has nothing to lose, and hears nothing yet.
    if (listens) await ask('close')
    else worker.process.kill('SIGKILL')
  } catch (error) {
    // One that is gone needs no closing.
    if (worker.isConnected()) throw error
  } finally {
    if (worker.isConnected()) worker.disconnect()
    const late = setTimeout(() => worker.process.kill('SIGKILL'), LAST_WAIT_MS)
    if (!worker.isDead()) await exited
    clearTimeout(late)
  }
}

/** Says whether one more may be started in place of one that ended. */
function createAllowance(): (now: number) => boolean {
  let restarts: readonly number[] = []
  return (now) => {
    restarts = restarts.filter((at) => now - at < RESTART_WINDOW_MS)
    if (restarts.length >= MOST_RESTARTS) return false
    restarts = [...restarts, now]
    return true
  }
}
