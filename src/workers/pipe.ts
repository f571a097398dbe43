/** The pipe between the first process and a worker, as Node gives it to both. */
import type { Message, Pipe } from './calls.ts'

/** What `process` of a worker and `Worker` of the first process have in common. */
export interface PipeEnd {
  send?(message: unknown, handle: undefined, options: undefined, sent: (error: Error | null) => void): boolean
  on(event: 'message', hear: (message: Message) => void): unknown
  on(event: 'disconnect', closed: () => void): unknown
}

export function pipeTo(end: PipeEnd): Pipe {
  return {
    // Whoever asks hears of a pipe that broke by its close.
    send: (message) => void end.send?.(message, undefined, undefined, () => undefined),
    onMessage: (hear) => void end.on('message', hear),
    onClose: (closed) => void end.on('disconnect', closed)
  }
}
