/** `openai-proxy/msw` in a real browser: a service worker answers both official clients from a cassette. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProxy } from '../../src/index.ts'
import { hasChromium, startChromium } from '../support/chromium.ts'
import { installed } from '../support/installed.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'
import { CUSTOMER, SAMPLE } from './sample-cassette.ts'
import { servePage, type ServedPage } from './serve-page.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const MAJORS = [
  ['2', async () => ROOT],
  ['3', async () => dirname(await installed(['msw@3.0.5']))]
] as const

describe.skipIf(!hasChromium).each(MAJORS)('a page with MSW %s', (_major, find) => {
  let browser: Browser
  let folder: TemporaryFolder
  let served: ServedPage
  let page: Page
  const logged: string[] = []

  beforeAll(async () => {
    folder = await temporaryFolder()
    await mkdir(folder.file('own'))
    ;[served, browser] = await Promise.all([servePage(await find(), folder.path), startChromium()])
    page = await browser.newPage()
    page.on('console', (message) => logged.push(message.text()))
    page.on('pageerror', (error) => logged.push(String(error)))
    await page.goto(served.url)
    await run('start')
  }, 180_000)

  afterAll(async () => {
    await browser?.close()
    await served?.[Symbol.asyncDispose]()
    await folder?.[Symbol.asyncDispose]()
  })

  /** Calls what `in-page.mjs` offers. */
  async function run(name: string, ...given: readonly unknown[]): Promise<unknown> {
    const call = ([method, values]: readonly [string, readonly unknown[]]): unknown =>
      (globalThis as unknown as { page: Record<string, (...values: readonly unknown[]) => unknown> }).page[method]!(...values)
    return page.evaluate(call, [name, given] as const)
  }

  /** A test's own cassette. */
  async function play(source: unknown, options: object = {}): Promise<void> {
    await run('stop')
    await run('play', source, options)
  }

  test('answers both clients, as JSON and as a stream, by the name of a cassette', async () => {
    await play('quickstart')
    expect(await run('ask')).toBe('The capital of France is Paris.')
    expect(await run('joke')).toContain('OpenTelemetry')
    expect(await run('stream')).toMatchObject({ text: 'Hello! How can I assist you today?' })
    expect(await run('exchanges')).toMatchObject([
      { source: 'tape', outcome: 'complete', provider: 'openai', model: 'gpt-4o', cost: { complete: true } },
      { source: 'tape', outcome: 'complete', provider: 'anthropic' },
      { source: 'tape', outcome: 'complete', provider: 'openai', model: 'gpt-3.5-turbo' }
    ])
    expect(await run('report')).toMatchObject({ counts: { replayed: 3 }, mode: 'replay', name: '/recordings/quickstart.yaml' })
    expect(served.asked).toContain('GET /recordings/quickstart.yaml')
  })

  test('keeps the key of the page out of its list of exchanges', async () => {
    await play('quickstart')
    await run('ask')
    const entry = JSON.stringify(await run('entry', 0))
    expect(entry).toContain('The capital of France is Paris.')
    expect(entry).not.toContain('sk-in-the-page')
  })

  test('a stream comes event by event, at the speed that is asked for', async () => {
    await play('quickstart', { speed: '1x' })
    const slow = (await run('stream')) as { events: number; spread: number }
    expect(slow.events).toBeGreaterThan(5)
    await play('quickstart')
    const fast = (await run('stream')) as { events: number; spread: number }
    expect(fast.events).toBe(slow.events)
    expect(slow.spread).toBeGreaterThan(fast.spread)
    expect(slow.spread).toBeGreaterThan(20)
  })

  test('whoever leaves a stream is noticed', async () => {
    await play('quickstart', { speed: '0.1x' })
    expect(await run('leave')).toBe('left')
    await expect.poll(() => run('exchanges')).toMatchObject([{ outcome: 'aborted' }])
  })

  test('rules hold, and a miss is an error that says what differs', async () => {
    await play('/recordings/quickstart.yaml', { allowedModels: ['gpt-4o*'] })
    expect(await run('other', 'gpt-3.5-turbo')).toMatchObject({ status: 403, code: 'model_not_allowed' })
    const missed = (await run('other', 'gpt-4o-mini')) as { status: number; code: string; message: string }
    expect(missed).toMatchObject({ status: 404, code: 'cassette_miss' })
    expect(missed.message).toContain('/recordings/quickstart.yaml:')
    expect(await run('report')).toMatchObject({ counts: { blocked: 1, missed: 1 } })
  })

  test('begins anew between tests', async () => {
    await play('quickstart', { rateLimit: 1 })
    await run('ask')
    expect(await run('exchanges')).toHaveLength(1)
    await run('reset')
    expect(await run('exchanges')).toEqual([])
    expect(await run('ask')).toBe('The capital of France is Paris.')
    await run('close')
    expect(await run('ask')).toMatchObject({ status: 500, code: 'not_opened', message: expect.stringContaining('closed') })
  })

  test('says what is wrong with a cassette or an option', async () => {
    await play('nowhere')
    expect(await run('ready')).toMatchObject({ code: 'cassette_missing', message: expect.stringContaining('404') })
    expect(await run('ask')).toMatchObject({ status: 404, code: 'cassette_missing' })
    await play('own/page')
    expect(await run('ready')).toMatchObject({ code: 'cassette_missing', message: expect.stringContaining('HTML') })
    await play('quickstart', { mode: 'record' })
    expect(await run('ask')).toMatchObject({
      status: 500,
      code: 'config_invalid',
      message: expect.stringContaining('needs Node')
    })
    await play('quickstart', { allowedModel: ['gpt-4o'] })
    expect(await run('ready')).toMatchObject({ code: 'config_invalid', message: expect.stringContaining('allowedModels') })
  })

  test('plays a cassette at hand as text, with patterns and rules of matching', async () => {
    await play({ text: SAMPLE, name: 'inline' }, { redact: CUSTOMER })
    expect(await run('ask')).toBe('Marseille, says customer-4711')
    const entry = JSON.stringify(await run('entry', 0))
    expect(entry).toContain('<secret-customer:1>')
    expect(entry).not.toContain('4711')
    await writeFile(folder.file('own', 'weather.yaml'), SAMPLE)
    await play('own/weather.yaml')
    expect(await run('ask')).toBe('Marseille, says customer-4711')
  })

  test("leaves a proxy's own traffic alone", async () => {
    await run('stop')
    await using proxy = await startProxy({ mode: 'replay', cassette: 'recordings/quickstart.yaml', logFile: false })
    const answered = await run('bypass', proxy.url)
    expect([answered, proxy.exchanges.length]).not.toEqual([answered, 0])
  })

  test('asked nobody but its own server', () => {
    expect(logged.filter((line) => /ERR_NAME_NOT_RESOLVED/.test(line))).toEqual([])
  })
})
