/** A policy is exchanged as a whole: an exchange under way keeps what it began with, the next one has the new. */
import { expect, it } from 'vitest'
import type { ProxySettings } from '../../src/config/options.ts'
import { parseOptions } from '../../src/config/parse-options.ts'
import { allow, block, defineRule } from '../../src/index.ts'
import { startConfigured } from '../../src/proxy.ts'
import { answerJson } from '../support/answer-json.ts'
import { startUpstream } from '../support/local-upstream.ts'

it('holds from the next exchange on, and not for one that has begun', async () => {
  await using upstream = await startUpstream(answerJson(200, { id: 'x' }))
  const settings = (more: ProxySettings): ReturnType<typeof parseOptions> =>
    parseOptions({ logFile: false, openaiApiBaseUrl: `${upstream.url}/v1`, ...more })
  let reached = (): void => undefined
  let release = (): void => undefined
  const isWaiting = new Promise<void>((resolve) => (reached = resolve))
  const released = new Promise<void>((resolve) => (release = resolve))
  const slow = defineRule({
    name: 'slow',
    async judge({ model }) {
      if (model === 'slow') {
        reached()
        await released
      }
      return allow()
    }
  })
  const before = settings({ rules: [slow], rateLimit: 1 })
  await using proxy = await startConfigured(before, { listen: false, keepExchanges: 10, report: () => undefined, secrets: [] })
  const ask = async (model: string): Promise<number> =>
    (
      await proxy.fetch(`${proxy.openaiBaseURL}/chat/completions`, {
        method: 'POST',
        body: JSON.stringify({ model, messages: [] })
      })
    ).status

  expect(await ask('quick')).toBe(200)
  const begun = ask('slow')
  await isWaiting
  proxy.enforce(
    settings({ rules: [defineRule({ name: 'no-quick', judge: ({ model }) => (model === 'quick' ? block('no') : allow()) })] }),
    []
  )
  expect(proxy.rules).toEqual(['unknown endpoints: refused', 'own rule: no-quick'])
  expect([await ask('quick'), await ask('other'), await ask('other')]).toEqual([403, 200, 200])
  release()
  // The old rate was used up, and holds for the one that began under it.
  expect(await begun).toBe(429)
})
