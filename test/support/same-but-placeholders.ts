/** Compares what was replayed with what was recorded: equal, but where the replay has a placeholder. */

/** `undefined` where they are the same; else what is wrong. */
export function differenceButForPlaceholders(replayed: string, recorded: string): string | undefined {
  if (replayed === recorded) return undefined
  const pieces = replayed.split(/<[a-z][a-z0-9-]*:\d+>/)
  if (pieces.length === 1) return 'it differs, and has no placeholder'
  let at = 0
  for (const [index, piece] of pieces.entries()) {
    const found = index === 0 ? 0 : recorded.indexOf(piece, at)
    if (found === -1 || !recorded.startsWith(piece, found))
      return `${JSON.stringify(piece.slice(0, 80))} is not in what was recorded`
    at = found + piece.length
  }
  return recorded.length === at || pieces.at(-1) === '' ? undefined : 'what was recorded goes on'
}
