/** Lets the user's own mockttp rules come first: knows when there are any, and answers what none of them claims. */
import type { Mockttp, RequestRuleData } from 'mockttp'
import type { RawRequest, RawResponse } from './translate.ts'

type MockttpModule = typeof import('mockttp')

/** What reaches the step. */
export interface StepVisit {
  readonly request: RawRequest
  readonly response: RawResponse
  /** The body as mockttp read it: empty where it was over the limit. Rejects where the client left. */
  readonly readBody: () => Promise<Uint8Array>
}

export interface Step {
  /** Whether requests must pass mockttp's rules: the user has some, or listens to its events. */
  isWanted(): boolean
  /** Whether the user has WebSocket rules. */
  hasWebSocketRules(): boolean
}

const STEP_ID = 'openai-proxy'

/** Events that show answers: mockttp's copy of them is kept for these alone. */
const ANSWER_EVENTS = ['response', 'response-initiated', 'response-body-data']

/**
 * Watches the rules and the listeners that are added to mockttp.
 * @param answer answers a request that no rule claims; must catch everything itself
 */
export function installStep(module: MockttpModule, mockttp: Mockttp, answer: (visit: StepVisit) => Promise<void>): Step {
  let hasRules = false
  let hasWebSocketRules = false
  let hasOurs = false
  const events = new Set<string>()
  const ours = fallbackRule(module, async (visit) => {
    if (!ANSWER_EVENTS.some((event) => events.has(event))) untrack(visit.response)
    await answer(visit)
    // A broken answer has been broken off; returned from here, mockttp would end it, whole, with words of its own.
    if (!visit.response.writableEnded) await new Promise(() => undefined)
  })
  const { addRequestRules, setRequestRules, addWebSocketRules, setWebSocketRules, getMockedEndpoints, reset, on } = mockttp

  /** Ours stands before the user's fallbacks of the same, lowest priority: those then win, and repeat. */
  async function addOurs(): Promise<void> {
    if (hasOurs) return
    hasOurs = true
    await addRequestRules.call(mockttp, ours)
  }

  mockttp.addRequestRules = async (...rules) => {
    hasRules ||= rules.length > 0
    await addOurs()
    return addRequestRules.call(mockttp, ...rules)
  }
  mockttp.setRequestRules = async (...rules) => {
    hasRules = rules.length > 0
    hasOurs = true
    return withoutOurs(await setRequestRules.call(mockttp, ours, ...rules))
  }
  mockttp.addWebSocketRules = (...rules) => {
    hasWebSocketRules ||= rules.length > 0
    return addWebSocketRules.call(mockttp, ...rules)
  }
  mockttp.setWebSocketRules = (...rules) => {
    hasWebSocketRules = rules.length > 0
    return setWebSocketRules.call(mockttp, ...rules)
  }
  mockttp.getMockedEndpoints = async () => withoutOurs(await getMockedEndpoints.call(mockttp))
  mockttp.reset = () => {
    hasRules = hasWebSocketRules = hasOurs = false
    events.clear()
    reset.call(mockttp)
  }
  mockttp.on = (async (event: string, callback: (...args: unknown[]) => void) => {
    await addOurs()
    events.add(event)
    await (on as unknown as (event: string, callback: (...args: unknown[]) => void) => Promise<void>).call(
      mockttp,
      event,
      callback
    )
  }) as Mockttp['on']

  return { isWanted: () => hasRules || events.size > 0, hasWebSocketRules: () => hasWebSocketRules }
}

function withoutOurs<T extends { readonly id: string }>(endpoints: readonly T[]): T[] {
  return endpoints.filter(({ id }) => id !== STEP_ID)
}

/**
 * A rule for whatever is left. mockttp copies a step definition's own properties over its implementation, so that a `handle` of
 * our own, which can stream, takes the place of the callback's, which cannot.
 */
function fallbackRule(module: MockttpModule, answer: (visit: StepVisit) => Promise<void>): RequestRuleData {
  const handle = (
    request: RawRequest & { readonly body: { asBuffer(): Promise<Buffer> } },
    response: RawResponse
  ): Promise<void> => answer({ request, response, readBody: () => request.body.asBuffer() })
  const step = Object.assign(new module.requestSteps.CallbackStep(() => ({})), { handle })
  // Neither complete nor incomplete, as a rule is that has been used once: it counts only where no other of its priority does.
  const checker = Object.assign(new module.completionCheckers.Always(), { isComplete: () => null as unknown as boolean })
  return {
    id: STEP_ID,
    priority: 0,
    matchers: [new module.matchers.WildcardMatcher()],
    steps: [step],
    completionChecker: checker
  }
}

/** mockttp's own `write` and `end` copy every answer into memory for listeners; there are none. */
function untrack(response: RawResponse): void {
  for (const name of ['writeHead', 'write', 'end', 'addTrailers', 'getHeaders']) Reflect.deleteProperty(response, name)
}
