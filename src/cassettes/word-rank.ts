/** Ranks requests that are much alike by the words that they share with another. */
import { requestEnd } from './likeness.ts'

const FNV_START = 0x811c9dc5 | 0
const FNV_PRIME = 0x01000193

/** The numbers of requests, the one first that shares most of its words with a document's request. */
export function rankByWords(wanted: Buffer, requests: readonly Buffer[]): number[] {
  const numbers = new Map<number, number>()
  eachWord(wanted.subarray(0, requestEnd(wanted)), (word) => void (numbers.has(word) || numbers.set(word, numbers.size)))
  // For each of its words the last request that had it: a word counts once in each.
  const seenIn = new Int32Array(numbers.size).fill(-1)
  const scores = requests.map((request, number) => {
    let [all, shared] = [0, 0]
    eachWord(request, (word) => {
      all += 1
      const place = numbers.get(word)
      if (place === undefined || seenIn[place] === number) return
      seenIn[place] = number
      shared += 1
    })
    return shared / (numbers.size + all - shared)
  })
  return [...scores.keys()].toSorted((a, b) => scores[b]! - scores[a]! || a - b)
}

/** Calls with the hash of each run of letters and digits; what is not ASCII counts as a letter. */
function eachWord(text: Buffer, call: (hash: number) => void): void {
  let hash = FNV_START
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at]!
    if (IN_WORD[byte] === 1) hash = Math.imul(hash ^ byte, FNV_PRIME)
    else if (hash !== FNV_START) {
      call(hash)
      hash = FNV_START
    }
  }
  if (hash !== FNV_START) call(hash)
}

const IN_WORD = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 || /[a-z0-9]/i.test(String.fromCharCode(byte)) ? 1 : 0
)
