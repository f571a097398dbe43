/** Refuses endpoints and methods that the provider's table does not know. */
import type { ProviderName } from '../providers/provider.ts'
import { ALLOW, refuse, type Rule } from './rule.ts'

const APIS: Readonly<Record<ProviderName, string>> = { openai: "OpenAI's", anthropic: "Anthropic's", generic: 'an' }

export function unknownEndpoints(): Rule {
  return {
    name: 'unknown-endpoints',
    summary: 'unknown endpoints: refused',
    judge({ known, endpoint, provider }) {
      if (known) return ALLOW
      const message = `${endpoint} is no endpoint of ${APIS[provider]} API that this proxy knows. Check method and path; whoever runs the proxy can let it pass with UNKNOWN_ENDPOINTS=allow`
      return refuse('unknown_endpoint', message, null)
    }
  }
}
