/** Gives placeholders of an interaction other numbers, wherever they stand in it. */
import type { HeaderList } from '../http/message.ts'
import type { Interaction } from './interaction.ts'

const PLACEHOLDER = /<[a-z][a-z0-9-]*:\d{1,9}>/g

/** @returns the interaction itself where none changes */
export function renumber(interaction: Interaction, settle: (placeholder: string) => string): Interaction {
  let isChanged = false
  const inText = (text: string): string =>
    text.replace(PLACEHOLDER, (placeholder) => {
      const settled = settle(placeholder)
      isChanged ||= settled !== placeholder
      return settled
    })
  const inHeaders = (headers: HeaderList): HeaderList => headers.map(([name, value]) => [inText(name), inText(value)])
  // Placeholders are ASCII, and in Latin-1 every byte is kept, whatever it is.
  const inBody = (body: Uint8Array): Uint8Array =>
    Buffer.from(inText(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')), 'latin1')
  const { request, response } = interaction
  const { interim, trailers } = response
  const renumbered: Interaction = {
    ...interaction,
    request: { ...request, url: inText(request.url), headers: inHeaders(request.headers), body: inBody(request.body) },
    response: {
      ...response,
      ...(interim && { interim: interim.map((one) => ({ ...one, headers: inHeaders(one.headers) })) }),
      headers: inHeaders(response.headers),
      ...(trailers && { trailers: inHeaders(trailers) }),
      body: inBody(response.body)
    }
  }
  return isChanged ? renumbered : interaction
}
