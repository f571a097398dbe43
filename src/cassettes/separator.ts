/** The line that parts the documents of a cassette. */

/** What stands between documents. No line within a document is like it: every text in it is indented or quoted. */
export const SEPARATOR = '---\n'
