/** The pipe between the first process and a worker, as Node gives it to both. What is said in one turn goes in one message. */
import type { Message, Pipe } from './calls.ts'

/** What `process` of a worker and `Worker` of the first process have in common. */
export interface PipeEnd {
  send?(messages: readonly Message[], handle: undefined, options: undefined, sent: (error: Error | null) => void): boolean
  on(event: 'message', hear: (messages: readonly Message[]) => void): unknown
  on(event: 'disconnect', closed: () => void): unknown
}

export function pipeTo(end: PipeEnd): Pipe {
  let waiting: Message[] = []
  function sendAll(): void {
    const messages = waiting
    waiting = []
    // Whoever asks hears of a pipe that broke by its close.
    end.send?.(messages, undefined, undefined, () => undefined)
  }
  return {
    send(message) {
      if (waiting.push(message) === 1) setImmediate(sendAll)
    },
    onMessage(hear) {
      end.on('message', (messages) => {
        for (const message of messages) hear(message)
      })
    },
    onClose: (closed) => void end.on('disconnect', closed)
  }
}
