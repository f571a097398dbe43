/** Writes an interaction for a person: the conversation, the tools, the answer, and what it took. Pure. */
import type { Json } from '../../http/json.ts'
import type { Usage } from '../../metering/usage.ts'
import { printable, type Terminal } from '../command-error.ts'
import { indentText, painter, plural, showAge, showCount, showUsd, type Paint } from '../terminal.ts'
import type { Block } from './blocks.ts'
import type { ShownAnswer } from './answer.ts'
import type { Conversation, Turn } from './conversation.ts'
import type { Facts } from './facts.ts'

/** An interaction as it is shown. */
export interface Shown {
  readonly file: string
  readonly number: number
  readonly line: number
  readonly url: string
  readonly facts: Facts
  readonly conversation: Conversation
  readonly answer: ShownAnswer
  readonly ms: number
  readonly firstByteMs: number | undefined
  readonly contentType: string | undefined
}

export interface RenderOptions {
  /** Whether long texts are cut. */
  readonly short: boolean
  /** Milliseconds since 1970. */
  readonly now: number
  readonly terminal: Terminal | undefined
}

/** Most characters of a text that is cut. */
const SHORT_TEXT = 240

const INDENT = '  '

export function renderShown(shown: Shown, options: RenderOptions): string {
  const paint = painter(options.terminal)
  const { facts, conversation, answer } = shown
  const { tools, settings, turns } = conversation
  const label = (name: string, text: string): string[] => {
    const [first = '', ...rest] = indentText(text, ' '.repeat(LABEL), options.terminal)
    return [`${paint('dim', name.padEnd(LABEL))}${first.trimStart()}`, ...rest]
  }
  const named = Object.entries(settings).map(([name, value]) => `${name} ${cut(inline(value), options)}`)
  return [
    ...headLines(shown, options, paint),
    ...(tools.length + named.length > 0 ? [''] : []),
    ...(tools.length > 0 ? label('tools', tools.join(', ')) : []),
    ...(named.length > 0 ? label('settings', named.join(', ')) : []),
    ...turns.flatMap((turn) => turnLines(turn, options, paint)),
    ...turnLines({ who: answerer(shown), blocks: answer.blocks }, options, paint, true),
    '',
    ...(answer.finish === undefined ? [] : label('finish', answer.finish)),
    ...(facts.usage ? label('usage', usageWords(facts.usage)) : []),
    ...(facts.usage ? label('cost', showUsd(facts.cost)) : []),
    ...(answer.events ? label('events', eventWords(answer.events)) : []),
    ''
  ].join('\n')
}

const LABEL = 10

function headLines({ file, number, line, url, facts, ms, firstByteMs }: Shown, { now }: RenderOptions, paint: Paint): string[] {
  const { endpoint, model, stream, status, at } = facts
  const what = [endpoint, model, stream ? 'stream' : undefined].filter((part) => part !== undefined)
  const when = Number.isNaN(at)
    ? ''
    : `recorded ${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC (${showAge(now - at)})`
  const first = firstByteMs === undefined ? '' : `, first byte after ${showCount(Math.round(firstByteMs))} ms`
  const color = status >= 400 ? 'red' : 'green'
  const lines = [
    `${paint('bold', `${printable(file)}:${number}`)}  ${what.map(printable).join(' · ')}`,
    `${paint(color, String(status))} in ${showCount(ms)} ms${first} · ${when} · line ${line}`
  ]
  return url.includes('?') ? [...lines, paint('dim', printable(url))] : lines
}

function answerer({ facts, answer }: Shown): string {
  if (facts.status >= 400) return 'error'
  return answer.finish !== undefined || answer.blocks.some(({ kind }) => kind === 'call') ? 'assistant' : 'answer'
}

function turnLines({ who, blocks }: Turn, options: RenderOptions, paint: Paint, isAnswer = false): string[] {
  if (blocks.length === 0 && !isAnswer) return []
  const color = isAnswer ? 'green' : 'cyan'
  const lines =
    blocks.length === 0 ? [`${INDENT}${paint('dim', '(nothing)')}`] : blocks.flatMap((block) => blockLines(block, options, paint))
  return ['', paint(['bold', color], printable(who)), ...lines]
}

function blockLines(block: Block, options: RenderOptions, paint: Paint): string[] {
  const { terminal } = options
  switch (block.kind) {
    case 'text':
      return indentText(cut(block.text, options), INDENT, terminal)
    case 'thinking':
      return indentText(`(thinking) ${cut(block.text, options)}`, INDENT, terminal).map((line) => paint('dim', line))
    case 'media':
      return indentText(`[${block.text}]`, INDENT, terminal).map((line) => paint('yellow', line))
    case 'call': {
      const id = block.id === undefined ? '' : `  ${block.id}`
      const given = block.arguments === null ? '' : inline(block.arguments)
      return indentText(`→ ${block.name}(${cut(given, options)})${id}`, INDENT, terminal).map((line) => paint('magenta', line))
    }
    case 'result':
      return [
        ...indentText(`← result${block.id === undefined ? '' : ` of ${block.id}`}`, INDENT, terminal).map((line) =>
          paint('magenta', line)
        ),
        ...block.blocks.flatMap((inner) => blockLines(inner, options, paint)).map((line) => `${INDENT}${line}`)
      ]
    case 'other':
      return indentText(cut(JSON.stringify(block.value, null, 2), options), INDENT, terminal)
  }
}

function inline(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function cut(text: string, { short }: RenderOptions): string {
  if (!short || text.length <= SHORT_TEXT) return text
  return `${text.slice(0, SHORT_TEXT).replace(/[\ud800-\udbff]$/, '')}… (${showCount(text.length)} characters)`
}

const PARTS: readonly (readonly [keyof Usage, string])[] = [
  ['cachedInputTokens', 'read from cache'],
  ['cacheWriteInputTokens', 'written to cache'],
  ['reasoningTokens', 'reasoning'],
  ['audioInputTokens', 'sound in'],
  ['audioOutputTokens', 'sound out'],
  ['imageInputTokens', 'images in'],
  ['imageOutputTokens', 'images out'],
  ['audioInputSeconds', 'seconds of sound'],
  ['webSearches', 'web searches'],
  ['fileSearches', 'file searches']
]

/** `12 in, 5 out (4 read from cache)`. */
export function usageWords(usage: Usage): string {
  const { inputTokens, outputTokens, serviceTier } = usage
  const totals = [
    ...(inputTokens === undefined ? [] : [`${showCount(inputTokens)} in`]),
    ...(outputTokens === undefined ? [] : [`${showCount(outputTokens)} out`])
  ]
  const parts = PARTS.flatMap(([name, words]) => (usage[name] ? [`${showCount(Number(usage[name]))} ${words}`] : []))
  if (serviceTier !== undefined) parts.push(`tier ${serviceTier}`)
  return `${totals.join(', ')}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`.trim()
}

/** `7 events: role, content ×4, finish_reason, [DONE]`. */
function eventWords(events: readonly string[]): string {
  return `${plural(events.length, 'event')}: ${joinRuns(events).join(', ')}`
}

/** Equal neighbours as one, with their number. */
export function joinRuns(events: readonly string[]): string[] {
  const runs: { kind: string; count: number }[] = []
  for (const kind of events) {
    const last = runs.at(-1)
    if (last?.kind === kind) last.count += 1
    else runs.push({ kind, count: 1 })
  }
  return runs.map(({ kind, count }) => (count > 1 ? `${kind} ×${count}` : kind))
}
