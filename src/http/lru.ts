/** Keeps what was used last, up to a total size; the one used last stays whatever its size. */

export interface Lru<Key, Value> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value, size: number): void
}

export function createLru<Key, Value>(mostSize: number): Lru<Key, Value> {
  // A map remembers the order in which its keys came: the first one was not used for the longest time.
  const kept = new Map<Key, { readonly value: Value; readonly size: number }>()
  let total = 0

  function forget(key: Key): void {
    total -= kept.get(key)?.size ?? 0
    kept.delete(key)
  }

  return {
    get(key) {
      const found = kept.get(key)
      if (!found) return undefined
      kept.delete(key)
      kept.set(key, found)
      return found.value
    },
    set(key, value, size) {
      forget(key)
      kept.set(key, { value, size })
      total += size
      for (const oldest of kept.keys()) {
        if (total <= mostSize || oldest === key) return
        forget(oldest)
      }
    }
  }
}
