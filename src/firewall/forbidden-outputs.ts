/** Refuses answers that hold a forbidden text, in whatever pieces they come. */
import type { ProxyError } from '../providers/provider.ts'
import { createGlobScanner, type GlobScanner } from '../http/glob.ts'
import { normaliseText } from './normalise.ts'
import { violation } from './rule.ts'

/** Judges one answer. */
export interface OutputJudge {
  /** Takes the next piece of one thing that is being said; the error is there where a forbidden text is complete. */
  text(channel: string, piece: string): ProxyError | undefined
  /** Judges what is only forbidden as a whole, once the answer has ended. */
  end(): ProxyError | undefined
}

/**
 * @param patterns `*` for any run of characters; each must fit a whole text, so most begin and end with it: `*internal only*`
 * @returns a judge for each answer
 */
export function forbiddenOutputs(patterns: readonly string[]): () => OutputJudge {
  const normal = patterns.map((pattern) => ({ pattern, text: normaliseText(pattern) }))
  return () => {
    const channels = new Map<string, Channel>()
    const open = (): Channel => ({
      joined: '',
      scanners: normal.map(({ pattern, text }) => ({ pattern, scanner: createGlobScanner(text) }))
    })
    return {
      text(channel, piece) {
        const said = channels.get(channel) ?? open()
        channels.set(channel, said)
        // Spaces at a seam count once, as they do within a text.
        const next = normaliseText(piece)
        const plain = said.joined.endsWith(' ') ? next.replace(/^ /, '') : next
        said.joined = plain === '' ? said.joined : plain.slice(-1)
        const found = said.scanners.find(({ scanner }) => scanner.push(plain))
        return found && refusal(found.pattern)
      },
      end() {
        const all = [...channels.values()].flatMap(({ scanners }) => scanners)
        const found = all.find(({ scanner }) => scanner.end())
        return found && refusal(found.pattern)
      }
    }
  }
}

interface Channel {
  /** The last character so far. */
  joined: string
  readonly scanners: readonly { readonly pattern: string; readonly scanner: GlobScanner }[]
}

function refusal(pattern: string): ProxyError {
  return violation('forbidden_output', `Forbidden text in the answer (rule ${pattern})`, null)
}
