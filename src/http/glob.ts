/** Patterns with `*`: any run of characters, line ends and slashes included. Every other character stands for itself. */

/**
 * Compiles a pattern. It must fit the whole text. Time is linear in the text: each piece between stars is searched for once,
 * from left to right, and the first place that fits is the right one.
 */
export function compileGlob(pattern: string): (text: string) => boolean {
  const [first = '', ...others] = pattern.split(/\*+/)
  const last = others.pop()
  if (last === undefined) return (text) => text === first
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
    const end = text.length - last.length
    let at = first.length
    for (const piece of others) {
      const found = text.indexOf(piece, at)
      if (found === -1 || found + piece.length > end) return false
      at = found + piece.length
    }
    return true
  }
}

/** Looks for a pattern in a text that comes in pieces. Time is linear in the text; kept is no more than the pattern is long. */
export interface GlobScanner {
  /** Takes the next piece. `true` as soon as the pattern fits whatever may follow. */
  push(piece: string): boolean
  /** Whether the pattern fits the text as it has ended. */
  end(): boolean
}

export function createGlobScanner(pattern: string): GlobScanner {
  const [first = '', ...others] = pattern.split(/\*+/)
  const last = others.pop()
  const longest = Math.max(first.length, last?.length ?? 0, ...others.map((piece) => piece.length))
  let at = -1
  let failed = false
  /** What was not yet used up, at least as much as the longest piece. */
  let rest = ''

  /** Moves past every piece that is found; what lies before it can be forgotten. */
  function advance(): void {
    if (at === -1) {
      if (rest.length < first.length) return
      failed = !rest.startsWith(first)
      rest = rest.slice(first.length)
      at = 0
    }
    for (; at < others.length; at += 1) {
      const found = rest.indexOf(others[at]!)
      if (found === -1) break
      rest = rest.slice(found + others[at]!.length)
    }
    // A piece still looked for may begin in what is kept; the end is compared with what is kept.
    if (rest.length > longest) rest = rest.slice(-longest)
  }

  return {
    push(piece) {
      if (failed || (last === undefined && rest.length > first.length)) return false
      rest += piece
      if (last === undefined) return false
      advance()
      return !failed && at === others.length && last === ''
    },
    end() {
      if (last === undefined) return rest === first
      if (!failed) advance()
      return !failed && at === others.length && rest.endsWith(last)
    }
  }
}
