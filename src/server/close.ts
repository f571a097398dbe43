/** Closes in good order: what is under way may end, what is left is told, and no handle stays open. */
import type { Pipeline } from '../pipeline/handle.ts'
import type { Listening } from './listen.ts'
import type { RawRequest } from './translate.ts'

/** How long clients may take to be told of the end, in milliseconds. */
const TELL_MS = 200

/** How often it is looked whether all have ended, in milliseconds. */
const LOOK_MS = 10

/** What is to come to rest. */
export interface Draining {
  readonly pipeline: Pick<Pipeline, 'isBusy' | 'stop'>
  /** Whether requests or answers are still on their way to or from the pipeline. */
  readonly isBusy?: () => boolean
  /** How long all of it may go on, in milliseconds. */
  readonly graceMs: number
}

/** Lets exchanges end by themselves, as long as they may; the others are ended with the provider's error. */
export async function drain({ pipeline, isBusy, graceMs }: Draining): Promise<void> {
  const isRunning = (): boolean => pipeline.isBusy() || isBusy?.() === true
  await untilRest(isRunning, graceMs)
  pipeline.stop()
  await untilRest(isRunning, TELL_MS)
}

/** @param running the requests under way */
export async function closeGracefully(
  listening: Listening,
  running: ReadonlySet<RawRequest>,
  draining: Omit<Draining, 'isBusy'>
): Promise<void> {
  const stopped = listening.stop()
  // Sockets as HTTP/2 shows them are not the ones that were accepted: the far end's port names both.
  const busy = new Set([...running].map(({ socket }) => socket.remotePort))
  for (const socket of listening.sockets) if (!busy.has(socket.remotePort)) socket.destroy()
  const isBusy = (): boolean => running.size > 0
  await drain({ ...draining, isBusy })
  for (const socket of listening.sockets) socket.destroy()
  await stopped
  await untilRest(isBusy, TELL_MS)
}

async function untilRest(isRunning: () => boolean, most: number): Promise<void> {
  for (let waited = 0; isRunning() && waited < most; waited += LOOK_MS) {
    await new Promise((done) => setTimeout(done, LOOK_MS))
  }
}
