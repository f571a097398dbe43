// One proxy for the whole run: openai-proxy's own setup starts it, and sums up at the end.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { globalSetup: ['openai-proxy/vitest/setup'] }
})
