/** Replaces what was found: findings that overlap are one, from the first character of any to the last. */
import type { Finding } from './redactor.ts'

/** A finding with what it stands for. */
export interface Found extends Finding {
  readonly secret: string
  /** Whether only the name of what holds it tells that it is secret. */
  readonly isNamed?: boolean
  /** What stands on both sides of its placeholder: the quotes that a number of JSON had none of. */
  readonly around?: string
}

/** Gives what stands in the place of a secret. */
export type Replace = (found: Omit<Found, 'start' | 'end'>) => string

/** The findings in order. Where some overlap, the first one (and then the longest) names them all. */
export function mergeFindings(text: string, findings: readonly Found[]): Found[] {
  if (findings.length < 2) return [...findings]
  const merged: Found[] = []
  for (const finding of findings.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1)
    if (!last || finding.start >= last.end) merged.push(finding)
    else if (finding.end > last.end) {
      merged[merged.length - 1] = {
        kind: last.kind,
        start: last.start,
        end: finding.end,
        secret: text.slice(last.start, finding.end)
      }
    }
  }
  return merged
}

/** The text with each finding replaced; the text itself where there is none. */
export function replaceFindings(text: string, findings: readonly Found[], replace: Replace): string {
  if (findings.length === 0) return text
  let out = ''
  let at = 0
  for (const { start, end, ...found } of findings) {
    out += text.slice(at, start) + replace(found)
    at = end
  }
  return out + text.slice(at)
}
