/**
 * Lets those go on together that came in the same turn of the event loop: each step then runs for all of them, one right after the
 * other, while its code is at hand, and what they write goes out in one go. What is left to do for them follows at once: the less of
 * a turn is alive when garbage is collected, the less is copied.
 */

/** More do not wait for each other: the first of a crowd need not be as late as the last. */
const TOGETHER = 16

/** Waits until the turn in which one came is over; in a crowd, for those before. */
export type Gate = () => Promise<void>

export interface Turns {
  /** A gate for one kind of work. One group passes in a turn, so that what is written to it is read before the next one goes. */
  gate(): Gate
  /** Runs a task behind those who pass a gate now; where nobody does, when the turn is over. */
  behind(task: () => void): void
}

/** Those who go on together. */
interface Group {
  size: number
  readonly opened: Promise<void>
  readonly open: () => void
}

/**
 * @param later runs a task when the turn is over, in the order in which they are given. Of Node's timers by name: a test may put others
 *   in the place of the global ones, and everybody would wait for ever
 */
export function createTurns(later: (task: () => void) => void): Turns {
  let left: (() => void)[] = []
  let cleanings = 0

  function planCleaning(): void {
    cleanings += 1
    later(clean)
  }

  function clean(): void {
    cleanings -= 1
    const due = left
    left = []
    for (const task of due) task()
  }

  function gate(): Gate {
    const groups: Group[] = []

    function plan(): void {
      later(openNext)
      planCleaning()
    }

    function openNext(): void {
      const group = groups.shift()!
      if (groups.length > 0) plan()
      group.open()
    }

    return () => {
      let last = groups.at(-1)
      if (!last || last.size === TOGETHER) {
        last = createGroup()
        if (groups.push(last) === 1) plan()
      }
      last.size += 1
      return last.opened
    }
  }

  return {
    gate,
    behind(task) {
      left.push(task)
      if (cleanings === 0) planCleaning()
    }
  }
}

function createGroup(): Group {
  let open!: () => void
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { size: 0, opened, open }
}
