/** A pipe with both its ends in this process; what goes through it is copied, as between processes. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Message, Pipe } from '../../src/workers/calls.ts'

export interface PipePair {
  readonly left: Pipe
  readonly right: Pipe
  /** Breaks it. */
  close(): void
}

export function pipePair(): PipePair {
  const hears = { left: new Set<(message: Message) => void>(), right: new Set<(message: Message) => void>() }
  const closes = new Set<() => void>()
  let isOpen = true
  const end = (own: keyof typeof hears, other: keyof typeof hears): Pipe => ({
    send: (message) => {
      const copy = structuredClone(message)
      void turn().then(() => isOpen && hears[other].forEach((hear) => hear(copy)))
    },
    onMessage: (hear) => void hears[own].add(hear),
    onClose: (closed) => void closes.add(closed)
  })
  return {
    left: end('left', 'right'),
    right: end('right', 'left'),
    close() {
      isOpen = false
      for (const closed of closes) closed()
    }
  }
}
