/** What a test is given: a proxy of its own by base URL, and the cassette that goes with it. */
import { expect, inject, test as base, type TestAPI } from 'vitest'
import type { FaultMatch } from '../faults/fault.ts'
import type { Fault } from '../faults/read-faults.ts'
import type { Mode } from '../pipeline/source.ts'
import type { SessionOptions, SessionOutcome, SessionReport } from '../sessions/session.ts'
import { cassetteName } from './cassette-name.ts'
import { openTestSession, type AddedFault, type Line, type TestSession } from './line.ts'
import { matchers } from './matchers.ts'
import { PROVIDED, type ProvidedProxy } from './provided.ts'
import { placeOf, titleOf, type Task } from './task.ts'

/** What the official clients are built with: `new OpenAI(proxy.openai)`. */
export interface ClientOptions {
  readonly baseURL: string
  readonly apiKey: string
}

/** The proxy as one test sees it. */
export interface TestProxy {
  readonly openai: ClientOptions
  readonly anthropic: ClientOptions
  /** e.g. `http://127.0.0.1:43017/~/s-3f2a…` */
  readonly url: string
  /** Variables that point a child process at it. */
  readonly env: Readonly<Record<string, string>>
  /** What happened so far in this test. */
  readonly report: SessionReport
  /** Its exchanges, oldest first, redacted. */
  readonly exchanges: SessionReport['exchanges']
  /**
   * Makes something go wrong on purpose in this test alone, from its next request on: `proxy.fault({ nth: 2 }, { status: 429 })`.
   * Throws where the match or the fault is wrong.
   */
  fault(match: FaultMatch, fault: Fault): AddedFault
}

/** The cassette as one test sees it. */
export interface TestCassette {
  /** As the proxy's folder knows it: `test/weather.test/tells-the-weather`. */
  readonly name: string
  readonly file: string
  /** What the mode came to: `replay`, `record` … */
  readonly mode: Mode
  /** What happened so far in this test. */
  readonly report: SessionReport
}

/** What tests may set otherwise: `const test = testWith({ name: 'weather' })`. */
export interface CassetteOptions extends Pick<
  SessionOptions,
  'faults' | 'allowedModels' | 'maxTokens' | 'forbiddenInstructions' | 'forbiddenOutputs'
> {
  /** @default after the test's file and title */
  readonly name?: string
  /** @default that of the setup: `OPENAI_PROXY_MODE`, else `once`; with `CI` set always `replay` */
  readonly mode?: Mode
  /**
   * `true`: a test may ask for what is not recorded. Otherwise it fails, also where its code has passed over the error.
   * @default false
   */
  readonly mayMiss?: boolean
}

/** What `openai-proxy/vitest` adds to a test. */
export interface ProxyContext {
  cassetteOptions: CassetteOptions
  proxy: TestProxy
  cassette: TestCassette
  /** What `proxy` and `cassette` are made of. */
  proxySession: NamedSession
}

/** A session, and the name of its cassette. */
export interface NamedSession extends TestSession {
  readonly name: string
}

/** vitest's `test`, with `proxy` and `cassette`. Neither costs anything in a test that does not name it. */
export type ProxyTest = TestAPI<ProxyContext>

/** Makes tests; vitest's own `extend` cannot set `cassetteOptions` in each of its versions. */
export type TestWith = (options: CassetteOptions) => ProxyTest

/** What tests are made of. */
export interface TestParts {
  readonly line: Line
  /** @default what the global setup provides */
  readonly provided?: () => ProvidedProxy | undefined
}

/** What makes tests that ask over this line. Registers the matchers. */
export function createTestWith({ line, provided = () => inject(PROVIDED) }: TestParts): TestWith {
  expect.extend(matchers)
  return (options) => createTest(line, () => found(provided()), options)
}

function createTest(line: Line, provided: () => ProvidedProxy, defaults: CassetteOptions): ProxyTest {
  return base.extend<ProxyContext>({
    cassetteOptions: defaults,
    proxySession: async ({ cassetteOptions, task }, use) => {
      const { name: wanted, mayMiss = false, ...options } = cassetteOptions
      const { url, root } = provided()
      const name = wanted ?? cassetteName(task, root)
      const session = await openTestSession(line, url, {
        ...options,
        cassette: name,
        title: titleOf(task, root),
        test: placeOf(task)
      })
      await use({ ...session, name })
      const outcome = outcomeOf(task)
      const report = await session.close(outcome)
      if (outcome === 'passed' && !mayMiss && report.counts.missed > 0) throw new Error(missesOf(report))
    },
    proxy: async ({ proxySession }, use) => {
      const { url, openaiBaseURL, anthropicBaseURL, env, now, fault } = proxySession
      await use({
        openai: { baseURL: openaiBaseURL, apiKey: env['OPENAI_API_KEY']! },
        anthropic: { baseURL: anthropicBaseURL, apiKey: env['ANTHROPIC_API_KEY']! },
        url,
        env,
        fault,
        get report() {
          return now()
        },
        get exchanges() {
          return now().exchanges
        }
      })
    },
    cassette: async ({ proxySession }, use) => {
      const { name, now } = proxySession
      await use({
        name,
        get file() {
          return now().cassette
        },
        get mode() {
          return now().mode
        },
        get report() {
          return now()
        }
      })
    }
  })
}

/** @throws an `Error` that names the line to add */
function found(proxy: ProvidedProxy | undefined): ProvidedProxy {
  if (proxy) return proxy
  throw new Error(
    "No proxy runs for these tests. Add to the test section of vitest's configuration: globalSetup: ['openai-proxy/vitest/setup']"
  )
}

/** What a test that has skipped itself has recorded is no whole cassette either. */
function outcomeOf({ result, fails = false }: Task): SessionOutcome {
  const state = result?.state
  if (state === 'skip') return 'failed'
  return (state === 'fail') === fails ? 'passed' : 'failed'
}

function missesOf({ counts, exchanges }: SessionReport): string {
  const misses = exchanges.flatMap(({ error }) => (error?.code === 'cassette_miss' ? [error.message] : []))
  const head = counts.missed === 1 ? 'A call was' : `${counts.missed} calls were`
  return `${head} not recorded, and the test has passed over the error.\n\n${misses.join('\n\n')}`
}
