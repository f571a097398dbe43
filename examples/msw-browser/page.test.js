// The page in a real browser that can reach nobody but the page's own server.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { chromium } from 'playwright-core'
import { createServer } from 'vite'

const server = await createServer()
await server.listen()
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost']
})

after(async () => {
  await browser.close()
  await server.close()
})

test('tells a joke, and a service worker has answered', async () => {
  const page = await browser.newPage()
  page.setDefaultTimeout(90_000) // the first time, Vite bundles
  const answered = page.waitForResponse('https://api.openai.com/**')
  await page.goto(server.resolvedUrls?.local[0] ?? '')
  await page.getByText('tracking down bugs!').waitFor()
  assert.equal((await answered).fromServiceWorker(), true)
})
