/** What the global setup hands to the tests' processes, by vitest's `provide` and `inject`. */

/** Where the one proxy of the run listens. */
export interface ProvidedProxy {
  readonly url: string
  /** The root of vitest: cassettes are named after files below it. */
  readonly root: string
}

/** Its name among the values that vitest provides. */
export const PROVIDED = 'openai-proxy'

declare module 'vitest' {
  interface ProvidedContext {
    [PROVIDED]: ProvidedProxy
  }
}
