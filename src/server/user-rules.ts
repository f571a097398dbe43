/** mockttp, loaded when the user first asks for it: its rules come before ours. One of the two files that know its inside. */
import { createRequire } from 'node:module'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Mockttp } from 'mockttp'
import { installStep, type Step, type StepVisit } from './step.ts'
import type { RawRequest, RawResponse } from './translate.ts'

export interface UserRules extends Step {
  readonly mockttp: Mockttp
  /** Gives a request to mockttp's rules; what none of them claims comes back as a step. */
  request(request: RawRequest, response: RawResponse): void
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

export interface UserRulesParts {
  /** Where the proxy listens. */
  readonly port: number
  readonly maxBodyBytes: number
  /** Answers a request that no rule claims; must catch everything itself. */
  readonly answer: (visit: StepVisit) => Promise<void>
  /** What `mockttp.stop()` does. */
  readonly close: () => Promise<void>
}

/** What is used of mockttp that its types do not show. */
interface Inside {
  readonly app?: (request: RawRequest, response: RawResponse) => void
  readonly handleWebSocket?: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>
  server?: { address(): { readonly port: number }; destroy(): Promise<void> }
}

/** Loading takes a third of a second and half of the proxy's memory, so that only whoever needs mockttp pays for it. */
export function loadUserRules({ port, maxBodyBytes, answer, close }: UserRulesParts): UserRules {
  const module = createRequire(import.meta.url)('mockttp') as typeof import('mockttp')
  const mockttp = module.getLocal({ cors: false, suggestChanges: false, maxBodySize: maxBodyBytes })
  const { app, handleWebSocket } = readInside(mockttp)
  // It listens on nothing itself: of its server it asks the port, and to be ended.
  Object.assign(mockttp, { server: { address: () => ({ port }), destroy: close } } satisfies Inside)
  return {
    ...installStep(module, mockttp, answer),
    mockttp,
    request: app,
    upgrade: (request, socket, head) => void handleWebSocket.call(mockttp, request, socket, head)
  }
}

/** Throws where an upgrade of mockttp has moved what this file rests on. */
export function readInside(mockttp: Mockttp): Required<Pick<Inside, 'app' | 'handleWebSocket'>> {
  const { app, handleWebSocket } = mockttp as unknown as Inside
  if (typeof app !== 'function') throw changed('its `app` is gone')
  if (typeof handleWebSocket !== 'function') throw changed('its `handleWebSocket` is gone')
  return { app, handleWebSocket }
}

function changed(what: string): Error {
  return new Error(
    `This version of mockttp does not fit openai-proxy: ${what}. Install the version that openai-proxy asks for (npm ci).`
  )
}
