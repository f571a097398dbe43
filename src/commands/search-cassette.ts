/** Searches one file for secrets: its text document by document, what its interactions say, and the files beside it. */
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { readInteraction } from '../cassettes/document.ts'
import { createFileStore } from '../cassettes/file-store.ts'
import { CassetteError, type Interaction } from '../cassettes/interaction.ts'
import { leftByName, leftInStreams, type LeftSecret } from '../pipeline/left-secrets.ts'
import type { Redaction } from '../redaction/redactor.ts'

/** A secret and where it stands; never the secret itself. */
export interface FoundSecret {
  /** What it is: `openai-key`. */
  readonly kind: string
  /** In the file, from 1. */
  readonly line: number
  /** How it is hidden; `plain`: not at all. */
  readonly encoding: string
}

/** A document that was searched, or a file beside the cassette. */
export interface Searched {
  readonly file: string
  /** Its first line. */
  readonly line: number
  /** What it is, for people: `POST /v1/chat/completions`. */
  readonly name: string
  readonly isInteraction: boolean
  readonly secrets: readonly FoundSecret[]
  /** Why only its text could be searched. */
  readonly unread?: string
}

/** @param text the file's, line ends as they are */
export async function searchCassette(file: string, text: string, redaction: Redaction): Promise<Searched[]> {
  const isOurs = /^cassette: \d/m.test(text)
  const all = pieces(text)
  const searched = all.map((piece) => searchPiece({ ...piece, file, redaction, isOurs, isLast: piece === all.at(-1) }))
  return [...searched, ...(await searchSideFiles(file, redaction))]
}

/** Everything between the lines `---`: documents, the header, what a recording that broke off left. */
function pieces(text: string): { readonly text: string; readonly line: number }[] {
  let line = 1
  const found: { text: string; line: number }[] = []
  for (const piece of text.replaceAll('\r\n', '\n').split(/^---[ \t]*\n/m)) {
    if (piece !== '') found.push({ text: piece, line })
    line += lineEnds(piece) + 1
  }
  return found
}

interface Piece {
  readonly file: string
  readonly text: string
  readonly line: number
  readonly redaction: Redaction
  /** Whether the file is a cassette; recordings of other tools are only text. */
  readonly isOurs: boolean
  readonly isLast: boolean
}

function searchPiece(piece: Piece): Searched {
  const { file, text, line, redaction } = piece
  const inText = redaction.scan(text).map((found) => ({ ...found, line: line + found.line - 1 }))
  const read = readDocument(piece)
  if (read === undefined) return { file, line, name: 'text', isInteraction: false, secrets: inText }
  if (read instanceof CassetteError)
    return { file, line, name: 'document', isInteraction: false, secrets: inText, unread: read.message }
  const left = [...leftInStreams(read, redaction), ...leftByName(read, redaction)]
  const inParts = left.map((secret) => ({ kind: secret.kind, encoding: secret.encoding, line: line + lineOf(text, secret) }))
  const secrets = [...inText, ...inParts.filter((secret) => !isTold(secret, inText, text, line))]
  return { file, line, name: nameOf(read, redaction), isInteraction: true, secrets: unique(secrets) }
}

/** The interaction of a document, or why it cannot be read; `undefined` for a text that is no document. */
function readDocument({ file, text, line, isOurs, isLast }: Piece): Interaction | CassetteError | undefined {
  if (!isOurs || !/^(?:key|request|response|recorded):/m.test(text)) return undefined
  // A recording that broke off left it; nobody reads it.
  if (isLast && !/^recorded:/m.test(text)) return undefined
  // Where two cassettes were joined, the header of the second ends the last document of the first.
  const document = text.replace(/^(?:#.*\n)*cassette: \d+\n$/m, '')
  try {
    return readInteraction(document, { name: file, line }, createFileStore(file).readFile)
  } catch (error) {
    if (error instanceof CassetteError) return error
    throw error
  }
}

/** The address as it may be shown. */
function nameOf({ request }: Interaction, redaction: Redaction): string {
  const { method, url } = request
  return `${method} ${redaction.url(URL.canParse(url) ? new URL(url).pathname : url)}`
}

/** Whether the search of the text has found it already, in the same part: there it says the line. */
function isTold(secret: FoundSecret, inText: readonly FoundSecret[], piece: string, first: number): boolean {
  const responseLine = first + lineAt(piece, piece.search(/^response:/m))
  const isInResponse = (line: number): boolean => line >= responseLine
  return inText.some((told) => told.kind === secret.kind && isInResponse(told.line) === isInResponse(secret.line))
}

/** Lines from a document's first to where a field of a part stands. */
function lineOf(piece: string, { part, field }: LeftSecret): number {
  const start = Math.max(0, piece.search(new RegExp(`^${part}:`, 'm')))
  const name = field.replaceAll(/[^\w-]/g, '.')
  const found = piece.slice(start).search(new RegExp(`^ +"?${name}"?:`, 'im'))
  return lineAt(piece, start + Math.max(0, found))
}

function lineAt(text: string, at: number): number {
  return lineEnds(text.slice(0, Math.max(0, at)))
}

function lineEnds(text: string): number {
  return text.split('\n').length - 1
}

function unique(secrets: readonly FoundSecret[]): FoundSecret[] {
  const byPlace = new Map(secrets.map((secret) => [`${secret.kind} ${secret.line}`, secret]))
  return [...byPlace.values()].toSorted((a, b) => a.line - b.line)
}

/** Every file beside the cassette, those too that no document names. */
async function searchSideFiles(file: string, redaction: Redaction): Promise<Searched[]> {
  const folder = join(dirname(file), `${basename(file).replace(/\.ya?ml$/i, '')}.files`)
  const names = await readdir(folder).catch(() => [])
  return Promise.all(
    names.toSorted().map(async (name) => {
      const path = join(folder, name)
      const bytes = await readFile(path)
      const secrets = redaction.scan(bytes.toString('latin1')).map((found) => ({ ...found, line: 1 }))
      return { file: path, line: 1, name: 'file', isInteraction: false, secrets: unique(secrets) }
    })
  )
}
