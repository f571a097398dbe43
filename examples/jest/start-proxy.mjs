// Jest's globalSetup: one proxy for the whole run, and the variables that every OpenAI client reads.
import { startProxy } from 'openai-proxy'

export default async function start() {
  const proxy = await startProxy({ mode: 'replay', cassette: 'moderation' })
  Object.assign(process.env, proxy.env)
  Object.assign(globalThis, { proxy })
}
