/** Calls work off when nobody waits for it any more: what is used of `AbortController` here, for a tenth of the time one takes. */

/** What work listens to. Every `AbortSignal` is one. */
export interface CancelSignal {
  readonly aborted: boolean
  /** Why, once it is aborted. */
  readonly reason: unknown
  throwIfAborted(): void
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** What calls work off. */
export interface Canceller {
  readonly signal: CancelSignal
  /** Once; later ones change nothing. @param reason @default an `AbortError` */
  abort(reason?: unknown): void
}

class Cancel implements Canceller, CancelSignal {
  aborted = false
  reason: unknown
  readonly #listeners: (() => void)[] = []

  get signal(): CancelSignal {
    return this
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.aborted) this.#listeners.push(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const at = this.#listeners.indexOf(listener)
    if (at !== -1) this.#listeners.splice(at, 1)
  }

  abort(reason: unknown = new DOMException('This operation was aborted', 'AbortError')): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    for (let next = this.#listeners.shift(); next; next = this.#listeners.shift()) next()
  }
}

export function createCanceller(): Canceller {
  return new Cancel()
}
