/** How texts stand in a cassette: as a reader wants to see them, and so that an editor does not change them unseen. */
import { describe, expect, it } from 'vitest'
import { parseYaml } from '../../src/cassettes/parse-yaml.ts'
import { writeMap } from '../../src/cassettes/yaml-text.ts'

function written(text: string): string {
  const yaml = writeMap(new Map([['content', text]]), '')
  expect((parseYaml(yaml).toJS() as { content: string }).content).toBe(text)
  return yaml.slice('content: '.length)
}

describe('a prompt', () => {
  it.each([
    ['lines', 'You are a bot.\nAnswer "yes".', '|-\n  You are a bot.\n  Answer "yes".\n'],
    ['a long line with quotes', `"Say ${'word '.repeat(20)}end"`, `|-\n  "Say ${'word '.repeat(20)}end"\n`],
    ['lines of any length', `${'word '.repeat(300)}end\nnext`, `|-\n  ${'word '.repeat(300)}end\n  next\n`],
    ['tabs within and before', 'a\tb\n\tc', '|-\n  a\tb\n  \tc\n'],
    ['emoji and other scripts', '日本語 👩‍👩‍👧\n😀', '|-\n  日本語 👩‍👩‍👧\n  😀\n'],
    ['Markdown and code', '# Title\n\n- a: b\n```js\n  x()\n```\n', '|\n  # Title\n\n  - a: b\n  ```js\n    x()\n  ```\n'],
    ['what looks like YAML', '---\nkey: &a *b\n...', '|-\n  ---\n  key: &a *b\n  ...\n'],
    ['a first line that is indented', '  a\nb', '|2-\n    a\n  b\n']
  ])('of %s is a block', (_what, text, yaml) => {
    expect(written(text)).toBe(yaml)
  })

  it.each([
    ['the line ends of Windows', 'One.\r\n\r\n  Two "2".\r\n', '"\\\n  One.\\r\\n\\\n  \\r\\n\\\n  \\  Two \\"2\\".\\r\\n"\n'],
    ['spaces at the end of a line', 'One.  \nTwo.', '"\\\n  One.  \\n\\\n  Two."\n'],
    ['a tab at the end of a line', 'One.\t\nTwo.', '"\\\n  One.\\t\\n\\\n  Two."\n'],
    ['control characters', 'One.\u0007\n\u001b[1mTwo.', '"\\\n  One.\\u0007\\n\\\n  \\u001b[1mTwo."\n'],
    ['a line separator', 'One.\u2028\nTwo.', '"\\\n  One.\\u2028\\n\\\n  Two."\n']
  ])('with %s is quoted, line by line, so that it is seen', (_what, text, yaml) => {
    expect(written(text)).toBe(yaml)
  })
})
