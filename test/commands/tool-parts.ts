/** Runs a command of the cassettes' tool in this process, and keeps what it wrote; and cassettes to run it on. */
import type { Config } from '../../src/config/config.ts'
import type { ProxySettings } from '../../src/config/options.ts'
import { parseOptions } from '../../src/config/parse-options.ts'
import type { CommandParts } from '../../src/commands/command-error.ts'
import type { Interaction } from '../../src/cassettes/interaction.ts'
import { makeInteraction, jsonRequest, openFile, record } from '../cassettes/make-interaction.ts'

export const NOW = Date.parse('2026-11-25T09:00:00Z')

export const settings = (given: ProxySettings = {}): Config => parseOptions({ logFile: false, ...given }, {})

export interface Ran {
  readonly code: number
  readonly out: string
  readonly lines: readonly string[]
  readonly reports: readonly string[]
  readonly questions: readonly string[]
  readonly shown: readonly string[]
}

/** @param answer what is said to every question; `undefined`: nobody is there */
export async function runIn(
  work: (parts: CommandParts) => Promise<number>,
  { answer, terminal }: { readonly answer?: boolean; readonly terminal?: CommandParts['terminal'] } = {}
): Promise<Ran> {
  let out = ''
  const [reports, questions, shown]: string[][] = [[], [], []]
  const ask = async (question: string): Promise<boolean> => {
    questions!.push(question)
    return answer!
  }
  const code = await work({
    version: '0.0.0',
    secrets: [],
    write: (text) => void (out += text),
    report: (line) => void reports!.push(line),
    progress: (text) => void shown!.push(text),
    ...(answer === undefined ? {} : { ask }),
    terminal
  })
  return { code, out, lines: out.split('\n'), reports: reports!, questions: questions!, shown: shown! }
}

export async function writeCassette(path: string, ...interactions: readonly Interaction[]): Promise<void> {
  await record(await openFile(path), ...interactions)
}

/** A chat whose answer says a text and what it used. */
export function chatted(content: string, said: string, more: object = {}): Interaction {
  const answer = {
    id: 'chatcmpl-1',
    model: 'gpt-4o',
    choices: [{ index: 0, message: { role: 'assistant', content: said }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1000, completion_tokens: 500 },
    ...more
  }
  return makeInteraction(jsonRequest({ model: 'gpt-4o', messages: [{ role: 'user', content }] }), JSON.stringify(answer))
}

export const events = (...data: readonly object[]): string =>
  `${data.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('')}data: [DONE]\n\n`

/** A chat that is streamed, in these pieces. */
export function streamed(content: string, pieces: readonly string[], finish = 'stop'): Interaction {
  const chunk = (delta: object, finish_reason: string | null = null): object => ({
    choices: [{ index: 0, delta, finish_reason }]
  })
  const body = events(chunk({ role: 'assistant' }), ...pieces.map((piece) => chunk({ content: piece })), chunk({}, finish))
  return makeInteraction(jsonRequest({ model: 'gpt-4o', stream: true, messages: [{ role: 'user', content }] }), body, {
    headers: [['content-type', 'text/event-stream']],
    timing: [5, ...Array.from({ length: pieces.length + 2 }, () => 1)]
  })
}
