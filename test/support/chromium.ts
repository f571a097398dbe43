/** A browser for tests of pages: Debian's Chromium, driven by playwright-core, cut off from every host but loopback. */
import { spawnSync } from 'node:child_process'
import { chromium, type Browser } from 'playwright-core'

const executablePath = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], { timeout: 20_000 }).status === 0
)

/** Whether there is one. */
export const hasChromium = executablePath !== undefined

if (!hasChromium) {
  console.warn('chromium is not installed: the tests of pages are skipped (Debian: apt-get install chromium).')
}

/** Starts it without a window. */
export async function startChromium(): Promise<Browser> {
  const path = spawnSync('which', [executablePath!], { encoding: 'utf8' }).stdout.trim()
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1']
  return chromium.launch({ executablePath: path, args, timeout: 60_000 })
}
