/** Pages that call through the proxy: one that a test drives with Playwright, and tests that run in a page themselves. */
import { existsSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { installed } from '../support/installed.ts'
import { startEcho } from './echo-upstream.ts'
import { buildPackage, configWith, HEAD, setupFor, vitestProject } from './project.ts'

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path))
const PLAYWRIGHT = 'playwright@1.65.1'

/** Chromium runs as root only without its sandbox. */
const LAUNCH = `{ executablePath: '${chromium}', args: ['--no-sandbox', '--disable-gpu'] }`

describe.skipIf(chromium === undefined)('in Chromium (apt-get install chromium)', { timeout: 300_000 }, () => {
  const build = buildPackage('vitest-browser-test')

  it('a page of a component calls through the proxy of the test that drives it', async () => {
    const modules = await installed([PLAYWRIGHT])
    await using upstream = await startEcho()
    await using project = await vitestProject(build, 4, {
      'vitest.config.mjs': configWith('./proxy-setup.mjs', 'testTimeout: 60000'),
      'proxy-setup.mjs': setupFor(upstream),
      'test/page.test.js': `${HEAD}
        import { createServer } from 'node:http'
        import { chromium } from 'playwright-core'
        const PAGE = \`<p></p><script type="module">
          const base = new URLSearchParams(location.search).get('base')
          const body = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi from a page' }] }
          const headers = { 'content-type': 'application/json', authorization: 'Bearer unused', 'x-stainless-lang': 'js' }
          const response = await fetch(base + '/chat/completions', { method: 'POST', headers, body: JSON.stringify(body) })
          document.querySelector('p').textContent = (await response.json()).choices[0].message.content
        </script>\`
        test('shows the answer', async ({ proxy, cassette }) => {
          const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(PAGE))
          await new Promise((done) => server.listen(0, '127.0.0.1', done))
          const browser = await chromium.launch(${LAUNCH})
          try {
            const page = await browser.newPage()
            await page.goto('http://127.0.0.1:' + server.address().port + '/?base=' + encodeURIComponent(proxy.openai.baseURL))
            await page.getByText('You said: Hi from a page').waitFor()
          } finally {
            await browser.close()
            server.close()
          }
          expect(cassette).toBeFullyUsed()
          if (process.env.CI) expect(proxy).toHaveReplayed(1)
        })
      `
    })
    await symlink(join(modules, 'playwright-core'), join(project.path, 'node_modules', 'playwright-core'))
    const recorded = await project.run()
    expect(recorded, recorded.output).toMatchObject({ code: 0 })
    const replayed = await project.run({ env: { CI: '1' } })
    expect(replayed, replayed.output).toMatchObject({ code: 0 })
    expect(upstream.requests).toHaveLength(1)
  })

  it('tests that run in a page have the same, and matchers that need no await', async () => {
    const modules = await installed(['vitest@4.1.12', '@vitest/browser-playwright@4.1.12', PLAYWRIGHT])
    await using upstream = await startEcho()
    await using project = await vitestProject(
      build,
      4,
      {
        'vitest.config.mjs': `
          import { playwright } from '@vitest/browser-playwright'
          export default { test: {
            globalSetup: ['./proxy-setup.mjs'],
            testTimeout: 60000,
            browser: {
              enabled: true, headless: true, screenshotFailures: false,
              provider: playwright({ launchOptions: ${LAUNCH} }),
              instances: [{ browser: 'chromium' }]
            }
          } }`,
        'proxy-setup.mjs': setupFor(upstream, 'maxTokens: 100'),
        'test/page.test.js': `${HEAD.replace('maxRetries: 0', 'maxRetries: 0, dangerouslyAllowBrowser: true')}
          test('asks from a page', async ({ proxy, cassette }) => {
            expect(document.body).toBeDefined()
            expect(await ask(proxy, 'Hi')).toBe('You said: Hi')
            expect(cassette.name).toBe('chromium/test/page.test/asks-from-a-page')
            expect(cassette).toBeFullyUsed()
            expect(proxy).toHaveCost({ below: 1 })
            expect(proxy).not.toHaveBeenBlocked()
            if (cassette.mode === 'replay') expect(proxy).toHaveReplayed(1)
          })
          test.fails('is refused', async ({ proxy }) => {
            await ask(proxy, 'Hi', { max_tokens: 5000 }).catch(() => {})
            expect(proxy).not.toHaveBeenBlocked({ rule: 'max-tokens' })
          })
        `
      },
      modules
    )
    for (const name of ['@vitest/browser-playwright', 'playwright']) {
      await mkdir(dirname(join(project.path, 'node_modules', name)), { recursive: true })
      await symlink(join(modules, name), join(project.path, 'node_modules', name))
    }
    const recorded = await project.run()
    expect(recorded, recorded.output).toMatchObject({ code: 0 })
    expect(await project.recordings()).toEqual(['chromium/test/page.test/asks-from-a-page.yaml'])
    const replayed = await project.run({ env: { CI: '1', OPENAI_PROXY_UNUSED: 'fail' } })
    expect(replayed, replayed.output).toMatchObject({ code: 0 })
    expect(replayed.output).toMatch(/\|chromium\| test\/page\.test\.js +1 /)
    expect(upstream.requests).toHaveLength(1)
  })
})
