/** A sliding window: what was taken when, and when there is room again. */

export interface SlidingWindow {
  readonly windowMs: number
  /** Oldest first: moment and amount. */
  readonly taken: [moment: number, amount: number][]
  total: number
}

/** What a window holds. */
export interface WindowCount {
  readonly used: number
  /** Milliseconds until the oldest part of it is free again; 0 where it is empty. */
  readonly freeInMs: number
}

/** Lets go of what lies behind the window. */
export function sweep(window: SlidingWindow, now: number): void {
  const { taken, windowMs } = window
  let gone = 0
  while (gone < taken.length && taken[gone]![0] <= now - windowMs) window.total -= taken[gone++]![1]
  if (gone > 0) taken.splice(0, gone)
}

/** Milliseconds until an amount fits, if nobody else takes first: 0 where it fits now, `Infinity` where it is more than the limit. */
export function waitFor({ taken, total, windowMs }: SlidingWindow, amount: number, limit: number, now: number): number {
  if (total + amount <= limit) return 0
  let left = total
  for (const [moment, part] of taken) {
    left -= part
    if (left + amount <= limit) return Math.max(1, moment + windowMs - now)
  }
  return Number.POSITIVE_INFINITY
}

export function put(window: SlidingWindow, amount: number, now: number): void {
  const last = window.taken.at(-1)
  if (last?.[0] === now) last[1] += amount
  else if (amount > 0) window.taken.push([now, amount])
  window.total += amount
}

/** Changes what was taken at a moment. What has left the window stays gone. */
export function adjust(window: SlidingWindow, moment: number, by: number): void {
  let index = window.taken.length - 1
  while (index >= 0 && window.taken[index]![0] !== moment) index -= 1
  const part = window.taken[index]
  if (!part) return
  part[1] += by
  window.total += by
  if (part[1] === 0) window.taken.splice(index, 1)
}

export function countWindow({ taken, total, windowMs }: SlidingWindow, now: number): WindowCount {
  const oldest = taken[0]
  return { used: total, freeInMs: oldest ? Math.max(1, oldest[0] + windowMs - now) : 0 }
}
