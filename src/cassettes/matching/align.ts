/** Aligns two lists: what stayed, and what left or came in between. */

/** A stretch that changed, and the item behind it that did not; `undefined` at the end. */
export interface Stretch<Item> {
  readonly gone: readonly Item[]
  readonly added: readonly Item[]
  readonly same: Item | undefined
}

/** Aligns two lists by their longest common subsequence. Time and memory grow with the product of their lengths. */
export function alignLists<Item>(before: readonly Item[], after: readonly Item[]): Stretch<Item>[] {
  const width = after.length + 1
  const lengths = new Uint32Array((before.length + 1) * width)
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        before[i] === after[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!)
    }
  }
  const stretches: Stretch<Item>[] = []
  let [i, j, fromI, fromJ] = [0, 0, 0, 0]
  while (i < before.length && j < after.length) {
    if (before[i] === after[j]) {
      stretches.push({ gone: before.slice(fromI, i), added: after.slice(fromJ, j), same: before[i] })
      i += 1
      j += 1
      fromI = i
      fromJ = j
    } else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i += 1
    else j += 1
  }
  return [...stretches, { gone: before.slice(fromI), added: after.slice(fromJ), same: undefined }]
}
