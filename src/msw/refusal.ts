/** The answer of a cassette that cannot be played, in the shape of the provider that was asked. */
import { CassetteError } from '../cassettes/interaction.ts'
import { cassetteFailed } from '../pipeline/errors.ts'
import { providers } from '../providers/index.ts'
import type { ApiName, ProxyError } from '../providers/provider.ts'

/** @param error a `ConfigError`, a `CassetteError`, or what else kept it from being opened */
export function refusal(provider: ApiName, error: unknown): Response {
  const answer = providers[provider].renderError(asProxyError(error), 'not-opened')
  return new Response(answer.body as Uint8Array<ArrayBuffer>, {
    status: answer.status,
    headers: answer.headers.map(([name, value]) => [name, value])
  })
}

function asProxyError(error: unknown): ProxyError {
  if (error instanceof CassetteError) return cassetteFailed(error)
  const { code = 'not_opened', message = String(error) } = error as Partial<Error & { readonly code: string }>
  return { status: 500, type: 'proxy_error', code, message, param: null, retry: false }
}
