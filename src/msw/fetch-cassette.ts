/** Fetches a cassette, and the files beside it, into a page. */
import { bypass } from 'msw'
import { CassetteError } from '../cassettes/interaction.ts'
import { sideFilesIn } from '../cassettes/side-file.ts'
import type { CassetteText } from './options.ts'

/** Throws `CassetteError`. */
export async function fetchCassette(cassette: string | URL): Promise<CassetteText> {
  const address = addressOf(cassette, pageAddress())
  const response = await get(address)
  const text = await response.text()
  const isPage = /^\s*text\/html\b/i.test(response.headers.get('content-type') ?? '') && /^\s*</.test(text)
  if (isPage) throw missing(address, 'a page of HTML is there: many servers answer with one for what they do not have')
  const files: Record<string, Uint8Array> = {}
  const fetchInto = async (file: string): Promise<void> => {
    const bytes = await getFile(new URL(file, address))
    if (bytes) files[file] = bytes
  }
  await Promise.all(sideFilesIn(text).map(fetchInto))
  return { text, name: address.pathname, files }
}

/**
 * `weather` is `recordings/weather.yaml`, as in Node.
 * @param base the page's own address
 */
export function addressOf(cassette: string | URL, base: string): URL {
  if (cassette instanceof URL) return cassette
  const isPlain = !/[/\\]|\.ya?ml$/i.test(cassette)
  return new URL(isPlain ? `recordings/${cassette}.yaml` : cassette, base)
}

/** A worker has no document. */
function pageAddress(): string {
  const { document, location } = globalThis as { document?: { readonly baseURI: string }; location?: { readonly href: string } }
  return document?.baseURI ?? location?.href ?? 'http://localhost/'
}

async function get(address: URL): Promise<Response> {
  const response = await ask(address).catch((error: unknown) => {
    throw missing(address, error instanceof Error ? error.message : String(error))
  })
  if (response.ok) return response
  throw missing(address, `the server answers ${response.status}`)
}

/** `undefined` where it cannot be had: whoever needs it is told. */
async function getFile(address: URL): Promise<Uint8Array | undefined> {
  const response = await ask(address).catch(() => undefined)
  return response?.ok ? new Uint8Array(await response.arrayBuffer()) : undefined
}

/** MSW is to leave it alone, whatever else it is set to. A browser may have kept an older one. */
function ask(address: URL): Promise<Response> {
  return fetch(bypass(address, { cache: 'no-cache' } as RequestInit))
}

function missing({ href }: URL, why: string): CassetteError {
  const message = `The cassette ${href} cannot be fetched: ${why}. Let the page's server serve it there, or give its address or { text }.`
  return new CassetteError('cassette_missing', message)
}
