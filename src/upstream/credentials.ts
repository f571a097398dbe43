/** Gives a request the configured key where its client sent none, or only our placeholder. A client's own key wins. */
import { getHeader, withHeader, withoutHeaders } from '../http/headers.ts'
import type { HeaderList } from '../http/message.ts'
import type { ApiName } from '../providers/provider.ts'

/** The keys of the settings. */
export type ProviderKeys = Readonly<Record<ApiName, string | undefined>>

/** What clients are told to send where they need no key: SDKs refuse to start without one. */
export const PLACEHOLDER_KEY = 'openai-proxy'

/** Keys that are none: the placeholder, and the word that tests like to write. */
const NO_KEYS = new Set(['', PLACEHOLDER_KEY, 'unused'])

/** Whether a header value is a key of the client's own. */
function isOwnKey(value: string | undefined): boolean {
  return value !== undefined && !NO_KEYS.has(value.replace(/^\s*bearer\b/i, '').trim())
}

/**
 * The headers with a key in them, if one is configured for this provider. A key never goes to another provider's upstream.
 * Without a configured key the headers stay as they are, and the upstream's own 401 says what is missing.
 */
export function withCredentials(provider: ApiName, headers: HeaderList, keys: ProviderKeys): HeaderList {
  const key = keys[provider]
  const ownKey = ['authorization', 'x-api-key', 'api-key'].some((name) => isOwnKey(getHeader(headers, name)))
  if (key === undefined || ownKey) return headers
  switch (provider) {
    case 'openai':
      return withHeader(withoutHeaders(headers, ['x-api-key', 'api-key']), 'Authorization', `Bearer ${key}`)
    case 'anthropic':
      return withHeader(withoutHeaders(headers, ['authorization', 'api-key']), 'x-api-key', key)
  }
}
