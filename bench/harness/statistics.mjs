/** The few sums that a figure is made of. */

/** The middle of some numbers; of two middles the mean. `undefined` of none. */
export function median(numbers) {
  if (numbers.length === 0) return undefined
  const sorted = numbers.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

/** The number below which a share of them lies, e.g. 0.99. */
export function percentile(numbers, share) {
  if (numbers.length === 0) return undefined
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)]
}

/** How many times `other` a value is; `undefined` where that says nothing, since one is missing or `other` is not above zero. */
export function ratio(value, other) {
  return value === undefined || other === undefined || !(other > 0) ? undefined : value / other
}

/** The median of the ratios of each round, since rounds in alternation share their weather. */
export function ratioOfRounds(values, others) {
  const ratios = values.map((value, round) => ratio(value, others[round])).filter((one) => one !== undefined)
  return median(ratios)
}
