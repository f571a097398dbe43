/** `openai-proxy cassettes show`: interactions as a person wants to read them. */
import { getHeader } from '../http/headers.ts'
import type { ShowOptions } from '../config/cassettes-tool.ts'
import type { Config } from '../config/config.ts'
import { loadPriceList } from '../metering/prices.ts'
import { readNamed, type KeptInteraction } from './cassette-files.ts'
import type { CommandParts } from './command-error.ts'
import { readShownAnswer } from './recorded/answer.ts'
import { readConversation } from './recorded/conversation.ts'
import { readFacts } from './recorded/facts.ts'
import { renderShown, type Shown } from './recorded/render-shown.ts'

/**
 * @param now milliseconds since 1970
 * @returns the exit code
 * @throws CommandError where there is no such interaction, `CassetteError` where a cassette is broken
 */
export async function showInteractions(
  names: readonly string[],
  options: ShowOptions & { readonly now: number },
  { prices }: Config,
  { write, terminal }: CommandParts
): Promise<number> {
  const list = await loadPriceList()
  const found = (await Promise.all(names.map(readNamed))).flat()
  const shown = found.map((kept) => toShown(kept, { list, prices }))
  if (options.json) write(`${JSON.stringify({ interactions: shown.map(toJson) }, null, 2)}\n`)
  else write(`${shown.map((one) => renderShown(one, { ...options, terminal })).join('\n')}`)
  return 0
}

function toShown({ file, number, line, interaction }: KeptInteraction, prices: Parameters<typeof readFacts>[1]): Shown {
  const { request, response, recorded } = interaction
  return {
    file,
    number,
    line,
    url: request.url,
    facts: readFacts(interaction, prices),
    conversation: readConversation(request),
    answer: readShownAnswer(response),
    ms: recorded.ms,
    firstByteMs: response.timing[0],
    contentType: getHeader(response.headers, 'content-type')
  }
}

function toJson({ facts, conversation, answer, ...place }: Shown): object {
  const { call: _call, cost, at, ...rest } = facts
  return {
    ...place,
    ...rest,
    usd: cost ? cost.microUsd / 1_000_000 : null,
    isPriceWhole: cost?.complete ?? false,
    recorded: new Date(at).toISOString(),
    request: conversation,
    answer
  }
}
