/** `openai-proxy/vitest` for tests that run in a page: the same, and nothing of Node's behind it. */
import { createTestWith } from './vitest/create-test.ts'
import { createPageLine } from './vitest/page-line.ts'

export { matchers } from './vitest/matchers.ts'
export { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest'

/** A `test` with options of its own: `const test = testWith({ name: 'weather', mode: 'replay' })`. */
export const testWith = createTestWith({ line: createPageLine() })

/** vitest's `test`, with `proxy` and `cassette`. */
export const test = testWith({})
