/** `openai-proxy/vitest/setup`: the global setup. One proxy for the whole run, and a summary at its end. */
import { createSetup } from './vitest/setup.ts'

export { createSetup, type Setup, type SetupOptions } from './vitest/setup.ts'
export type { SetupContext } from './vitest/run.ts'
export type { UnusedPolicy } from './vitest/summary.ts'

/** With every setting at its default: `globalSetup: ['openai-proxy/vitest/setup']`. */
export const setup = createSetup()
