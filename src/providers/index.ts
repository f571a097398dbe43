/** The providers. A new one is one file and one line here. */
import { anthropic } from './anthropic.ts'
import { generic } from './generic.ts'
import { openai } from './openai.ts'
import type { Provider, ProviderName } from './provider.ts'

export const providers: Readonly<Record<ProviderName, Provider>> = { openai, anthropic, generic }
