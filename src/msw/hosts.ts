/** The addresses whose requests belong to a cassette: those of the two providers, and the upstreams that the options name. */
import type { ApiName } from '../providers/provider.ts'
import type { MswOptions } from './options.ts'

/** An address, as a pattern that MSW compares the whole of a request's address with, and who answers there. */
export interface Host {
  readonly provider: ApiName
  readonly pattern: RegExp
}

/** The public origins, as `providers` name them: these few must cost no import. */
const PUBLIC: Readonly<Record<ApiName, string>> = { openai: 'https://api.openai.com', anthropic: 'https://api.anthropic.com' }

export function hostsOf({ openaiApiBaseUrl, anthropicApiBaseUrl }: MswOptions): Host[] {
  const bases: readonly (readonly [ApiName, string | undefined])[] = [
    ['openai', openaiApiBaseUrl],
    ['anthropic', anthropicApiBaseUrl],
    ['openai', PUBLIC.openai],
    ['anthropic', PUBLIC.anthropic]
  ]
  return bases.flatMap(([provider, base]) =>
    // What is no address is told when the options are read.
    base === undefined || !URL.canParse(base) ? [] : [{ provider, pattern: below(base) }]
  )
}

/** Fits every address below this one. */
export function below(base: string): RegExp {
  const { origin, pathname } = new URL(base)
  return new RegExp(`^${escape(origin + pathname.replace(/\/+$/, ''))}(?=[/?#]|$)`)
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
