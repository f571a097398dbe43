/** Times of an answer as one line: `312 +29 +9 +0x12`, and before them those of interim answers, `(40 +2) 312 +29`. */

const LINE = String.raw`\d+(?:\.\d+)?(?: \+\d+(?:\.\d+)?(?:x\d{1,6})?)*`

/** What such a line looks like. */
export const TIMING_LINE = new RegExp(String.raw`^(?:\(${LINE}\)(?: ${LINE})?|${LINE})$`)

/** The times of an answer, in milliseconds: each first one since the request, each later one since the one before. */
export interface Times {
  readonly interim: readonly number[]
  readonly body: readonly number[]
}

/** Each `+n` is the time to the next; `+nx12` twelve times the same. */
export function writeTiming({ interim, body }: Times): string {
  const before = interim.length === 0 ? [] : [`(${writeSteps(interim)})`]
  return [...before, ...(body.length === 0 ? [] : [writeSteps(body)])].join(' ')
}

function writeSteps(timing: readonly number[]): string {
  const words: string[] = []
  for (let i = 0; i < timing.length;) {
    let count = 1
    while (i > 0 && timing[i + count] === timing[i] && count < 999_999) count += 1
    words.push(`${i === 0 ? '' : '+'}${timing[i]}${count > 1 ? `x${count}` : ''}`)
    i += count
  }
  return words.join(' ')
}

/** The numbers of a line that {@link TIMING_LINE} fits; none of `''`. */
export function readTiming(line: string): Times {
  const [, interim = '', body = ''] = /^(?:\((.*)\) ?)?(.*)$/.exec(line)!
  return { interim: readSteps(interim), body: readSteps(body) }
}

function readSteps(line: string): number[] {
  return [...line.matchAll(/(\d+(?:\.\d+)?)(?:x(\d+))?/g)].flatMap(([, ms, count]) =>
    Array.from({ length: Number(count ?? 1) }, () => Number(ms))
  )
}
