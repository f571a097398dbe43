/** `openai-proxy/vitest`: a test with a proxy and a cassette of its own, and the matchers that go with them. */
import type { ProxyMatchers } from './vitest/matchers.ts'
import { createTestWith } from './vitest/create-test.ts'
import { createThreadLine } from './vitest/thread-line.ts'

export type {
  CassetteOptions,
  ClientOptions,
  NamedSession,
  ProxyContext,
  ProxyTest,
  TestCassette,
  TestProxy
} from './vitest/create-test.ts'
export { matchers, type BlockedBy, type Matched, type ProxyMatchers } from './vitest/matchers.ts'
export type { ProvidedProxy } from './vitest/provided.ts'
export type { SessionReport } from './sessions/session.ts'
export { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest'

/** A `test` with options of its own: `const test = testWith({ name: 'weather', mode: 'replay' })`. */
export const testWith = createTestWith({ line: createThreadLine() })

/** vitest's `test`, with `proxy` and `cassette`. */
export const test = testWith({})

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- vitest's assertions have every key of Chai's, in each of its versions
  namespace Chai {
    interface Assertion extends ProxyMatchers {}
  }
}
