/** The line ends of a stream: a block of YAML carries line feeds only, so CRLF is said in a word beside it. */

/** The text with line feeds, and the word for what they were. Left as it is where its line ends are mixed. */
export function withLineFeeds(text: string): { readonly newline: 'crlf' | undefined; readonly lines: string } {
  const isCrlf = /\r\n/.test(text) && !/(?:^|[^\r])\n|\r(?!\n)/.test(text)
  return isCrlf ? { newline: 'crlf', lines: text.replaceAll('\r\n', '\n') } : { newline: undefined, lines: text }
}

/** The text as it was. */
export function withLineEnds(lines: string, newline: 'crlf' | undefined): string {
  return newline === 'crlf' ? lines.replaceAll('\n', '\r\n') : lines
}
