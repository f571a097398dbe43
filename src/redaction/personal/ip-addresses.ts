/** Finds IP addresses, of both versions, but for those that stand for no particular machine (loopback, unspecified). */
import type { Finding, Redactor } from '../redactor.ts'

/** Four numbers that no word, path or longer number goes on with: `Chrome/131.0.0.0` and `v1.2.3.4` are versions. */
const V4 = /(?<![\p{L}\p{N}_.-]|(?<![/])[/])(?:\d{1,3}\.){3}\d{1,3}(?![\p{L}\p{N}_-]|\.\d)/gu

/** Groups of hexadecimal digits with colons between them; whether they are an address is asked of the whole. */
const V6 =
  /(?<![\p{L}\p{N}_:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,8}(?:(?<=:)(?:\d{1,3}\.){3}\d{1,3})?(?![\p{L}\p{N}_:]|\.\d)/gu

export const ipAddresses: Redactor = {
  name: 'ip-addresses',
  *find(text): Iterable<Finding> {
    for (const { 0: match, index } of text.matchAll(V4)) {
      if (isV4(match) && !/^(?:0\.|127\.|255\.255\.255\.255$)/.test(match))
        yield { kind: 'ip', start: index, end: index + match.length }
    }
    if (!text.includes(':')) return
    for (const { 0: match, index } of text.matchAll(V6)) {
      if (isV6(match)) yield { kind: 'ip', start: index, end: index + match.length, secret: match.toLowerCase() }
    }
  }
}

function isV4(text: string): boolean {
  return text.split('.').every((part) => Number(part) <= 255 && (part === '0' || !part.startsWith('0')))
}

/** Eight groups, or fewer with one `::`. Words with colons between them (`dead::beef`) have no digit. */
function isV6(text: string): boolean {
  const [head = '', tail, ...more] = text.split('::')
  const dotted = /(?<=:)[\d.]+\.[\d.]+$/.exec(text)?.[0]
  if (more.length > 0 || (dotted !== undefined && !isV4(dotted))) return false
  const groups = [head, tail ?? ''].flatMap((part) => (part === '' ? [] : part.split(':')))
  if (groups.includes('') || !/\d/.test(text)) return false
  const count = groups.length + (dotted === undefined ? 0 : 1)
  if (tail === undefined) return count === 8
  // `::1` is every machine's own, and `::word` stands before names in programs.
  return count <= 7 && (head !== '' || count > 1)
}
