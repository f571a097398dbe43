/**
 * Header sets of current desktop browsers for a `fetch()` call, as of 2026-11-23.
 *
 * Versions: release dates in caniuse-lite 1.0.30001826 (Chrome 156: 2026-10-20, Edge 156: 2026-10-22, Firefox 160: 2026-11-10,
 * Safari 27.2: 2026-10-26). User-Agent: the reduced form, https://www.chromium.org/updates/ua-reduction; for Firefox and Safari
 * MDN, "User-Agent header". `sec-ch-ua` of version 156: brand and order follow from the version, as in Chromium's
 * `components/embedder_support/user_agent_utils.cc`. Orders: as those browsers write a `fetch()` with headers set by a script.
 * `sec-fetch-site: none` and no `Origin` are what a browser sends that acts for its user and not for a page: none is invented.
 */
import type { BrowserProfile, ProfileHeader } from './browser-profiles.ts'

const VERSION = '156'
const WINDOWS = 'Windows NT 10.0; Win64; x64'
const MAC = 'Macintosh; Intel Mac OS X 10_15_7'

function chromium(brand: string, system: string, platform: string, suffix = ''): readonly ProfileHeader[] {
  return [
    ['sec-ch-ua-platform', platform],
    ['*', null],
    ['Authorization', null],
    [
      'User-Agent',
      `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${VERSION}.0.0.0 Safari/537.36${suffix}`
    ],
    ['sec-ch-ua', `"Not:A-Brand";v="8", "Chromium";v="${VERSION}", "${brand}";v="${VERSION}"`],
    ['Content-Type', null],
    ['sec-ch-ua-mobile', '?0'],
    ['Accept', null],
    ['Sec-Fetch-Site', 'none'],
    ['Sec-Fetch-Mode', 'cors'],
    ['Sec-Fetch-Dest', 'empty'],
    ['Accept-Encoding', null],
    ['Accept-Language', 'en-US,en;q=0.9']
  ]
}

export const BROWSER_PROFILES: readonly BrowserProfile[] = [
  { name: 'chrome-156-windows', headers: chromium('Google Chrome', WINDOWS, '"Windows"') },
  { name: 'chrome-156-macos', headers: chromium('Google Chrome', MAC, '"macOS"') },
  { name: 'edge-156-windows', headers: chromium('Microsoft Edge', WINDOWS, '"Windows"', ` Edg/${VERSION}.0.0.0`) },
  {
    name: 'firefox-160-windows',
    headers: [
      ['User-Agent', `Mozilla/5.0 (${WINDOWS}; rv:160.0) Gecko/20100101 Firefox/160.0`],
      ['Accept', null],
      ['Accept-Language', 'en-US,en;q=0.5'],
      ['Accept-Encoding', null],
      ['Content-Type', null],
      ['Authorization', null],
      ['*', null],
      ['Sec-Fetch-Dest', 'empty'],
      ['Sec-Fetch-Mode', 'cors'],
      ['Sec-Fetch-Site', 'none'],
      ['Priority', 'u=4']
    ]
  },
  {
    name: 'safari-27-macos',
    headers: [
      ['Accept', null],
      ['Content-Type', null],
      ['Authorization', null],
      ['*', null],
      ['Sec-Fetch-Site', 'none'],
      ['Accept-Language', 'en-US,en;q=0.9'],
      ['Accept-Encoding', null],
      ['Sec-Fetch-Mode', 'cors'],
      ['User-Agent', `Mozilla/5.0 (${MAC}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/27.2 Safari/605.1.15`],
      ['Sec-Fetch-Dest', 'empty']
    ]
  }
]
