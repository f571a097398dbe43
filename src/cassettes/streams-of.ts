/** The streams of an interaction, as they were sent. */
import { getHeader, isSseType } from '../http/headers.ts'
import { toText } from '../http/message.ts'
import type { Interaction } from './interaction.ts'

/** A document leaves out what the events of a stream share, and a secret may be spread over that. */
export function streamsOf(interaction: Interaction): { readonly part: 'request' | 'response'; readonly text: string }[] {
  return (['request', 'response'] as const).flatMap((part) => {
    const { headers, body } = interaction[part]
    const text = isSseType(getHeader(headers, 'content-type')) ? toText(body) : undefined
    return text === undefined ? [] : [{ part, text }]
  })
}
