/** Many globs at once: one pass over a text finds whether any of them fits it, however many there are. */

/** Globs as `compileGlob` reads them, to be asked together. */
export interface PatternSet {
  /** The first pattern of the list that fits the whole text, among those wanted; or `undefined`. Takes time linear in the text. */
  find(text: string, wanted: (index: number) => boolean): number | undefined
  /** Characters of the longest piece between stars. */
  readonly longestPiece: number
}

/** A pattern taken apart at its stars. `last` is `undefined` where it has none. */
interface Pattern {
  readonly first: string
  readonly last: string | undefined
  /** Numbers of the pieces between, in order. */
  readonly middle: readonly number[]
}

/** Builds an automaton (Aho and Corasick, 1975) over the pieces of all patterns. */
export function compilePatterns(globs: readonly string[]): PatternSet {
  const pieces = new Map<string, number>()
  const patterns = globs.map((glob): Pattern => {
    const [first = '', ...others] = glob.split(/\*+/)
    const last = others.pop()
    const middle = others.map((piece) => {
      if (!pieces.has(piece)) pieces.set(piece, pieces.size)
      return pieces.get(piece)!
    })
    return { first, last, middle }
  })
  const texts = [...pieces.keys()]
  const automaton = createAutomaton(texts)
  return {
    longestPiece: Math.max(
      0,
      ...patterns.flatMap(({ first, last = '' }) => [first.length, last.length]),
      ...texts.map((text) => text.length)
    ),
    find(text, wanted) {
      let found = Number.POSITIVE_INFINITY
      const search = createSearch(patterns, texts)
      for (const [index, pattern] of patterns.entries()) {
        if (wanted(index) && search.begin(index, pattern, text)) found = Math.min(found, index)
      }
      if (search.waiting() > 0)
        automaton.run(text, (piece, end) => {
          found = Math.min(found, search.met(piece, end))
          return search.waiting() > 0
        })
      return Number.isFinite(found) ? found : undefined
    }
  }
}

interface Search {
  /** Whether the pattern fits already; where it may yet fit, it waits for its first middle piece. */
  begin(index: number, pattern: Pattern, text: string): boolean
  /** A piece ends here. The lowest number of a pattern that is whole now, or infinity. */
  met(piece: number, end: number): number
  /** How many patterns may yet fit. */
  waiting(): number
}

/** How far each pattern has come. Each waits for one piece at a time: the first place that fits is the right one. */
function createSearch(patterns: readonly Pattern[], pieces: readonly string[]): Search {
  const next = new Int32Array(patterns.length)
  const from = new Int32Array(patterns.length)
  const until = new Int32Array(patterns.length)
  const queues: number[][] = pieces.map(() => [])
  let waiting = 0
  return {
    begin(index, { first, last, middle }, text) {
      if (last === undefined) return text === first
      if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
      if (middle.length === 0) return true
      from[index] = first.length
      until[index] = text.length - last.length
      queues[middle[0]!]!.push(index)
      waiting += 1
      return false
    },
    met(piece, end) {
      const queue = queues[piece]!
      if (queue.length === 0) return Number.POSITIVE_INFINITY
      queues[piece] = []
      let whole = Number.POSITIVE_INFINITY
      for (const index of queue) {
        const { middle } = patterns[index]!
        if (end - pieces[piece]!.length < from[index]!) {
          queues[piece].push(index)
        } else if (end > until[index]!) {
          waiting -= 1
        } else if (++next[index]! === middle.length) {
          waiting -= 1
          whole = Math.min(whole, index)
        } else {
          from[index] = end
          queues[middle[next[index]!]!]!.push(index)
        }
      }
      return whole
    },
    waiting: () => waiting
  }
}

interface Automaton {
  /** Tells every piece that ends anywhere in the text, in order, until `met` answers `false`. */
  run(text: string, met: (piece: number, end: number) => boolean): void
}

function createAutomaton(pieces: readonly string[]): Automaton {
  // Characters that no piece has are all alike: class 0.
  const classes = new Uint16Array(65_536)
  let width = 1
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += 1) if (classes[piece.charCodeAt(at)] === 0) classes[piece.charCodeAt(at)] = width++
  }
  const size = pieces.reduce((sum, piece) => sum + piece.length, 1)
  const step = new Int32Array(size * width)
  const ends = new Int32Array(size).fill(-1)
  let states = 1
  for (const [number, piece] of pieces.entries()) {
    let state = 0
    for (let at = 0; at < piece.length; at += 1) {
      const place = state * width + classes[piece.charCodeAt(at)]!
      if (step[place] === 0) step[place] = states++
      state = step[place]!
    }
    ends[state] = number
  }
  const shorter = linkStates(step, ends, width)
  return {
    run(text, met) {
      let state = 0
      for (let at = 0; at < text.length; at += 1) {
        state = step[state * width + classes[text.charCodeAt(at)]!]!
        for (let node = (ends[state] ?? -1) === -1 ? shorter[state]! : state; node !== 0; node = shorter[node]!) {
          if (!met(ends[node]!, at + 1)) return
        }
      }
    }
  }
}

/** Fills in where each state goes when its branch ends; answers, for each state, the longest shorter piece that ends there too (0: none). */
function linkStates(step: Int32Array, ends: Int32Array, width: number): Int32Array {
  const fallback = new Int32Array(ends.length)
  const shorter = new Int32Array(ends.length)
  const queue = [...step.subarray(0, width)].filter((state) => state !== 0)
  for (let head = 0; head < queue.length; head += 1) {
    const state = queue[head]!
    const back = fallback[state]!
    shorter[state] = ends[back] === -1 ? shorter[back]! : back
    for (let kind = 0; kind < width; kind += 1) {
      const child = step[state * width + kind]!
      if (child === 0) {
        step[state * width + kind] = step[back * width + kind]!
      } else {
        fallback[child] = step[back * width + kind]!
        queue.push(child)
      }
    }
  }
  return shorter
}
