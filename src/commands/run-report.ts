/** Says how a run went, for people: what was replayed, recorded, refused and missed, and which recordings answered nothing. */
import type { RunCall, RunFacts, UnusedFile } from './run-facts.ts'

/** How many misses, and how many unused recordings of files that were used, are told one by one. */
const TOLD = 10

/** In lines. */
export function runReport({ counts, savedUsd, calls, unused }: RunFacts): string[] {
  const parts = Object.entries(counts)
    .filter(([way, count]) => count > 0 || way === 'missed')
    .map(([way, count]) => `${count} ${way}`)
  const left = unused.reduce((sum, { recordings }) => sum + recordings.length, 0)
  const whole = unused.filter(({ isWhole }) => isWhole)
  return [
    [`${calls.length} calls: ${parts.join(', ')}`, ...(savedUsd > 0 ? [`$${savedUsd.toFixed(4)} saved`] : [])].join('; '),
    ...told(calls.filter(({ way }) => way === 'missed').map(missText)),
    ...(left === 0 ? [] : [`${left} recordings answered nothing:`]),
    ...whole.map(({ file, recordings }) => `  ${file}  all of it: ${recordings.length}`),
    ...told(unused.filter(({ isWhole }) => !isWhole).flatMap(unusedTexts))
  ]
}

function told(texts: readonly string[]): string[] {
  const more = texts.length - TOLD
  return [...texts.slice(0, TOLD), ...(more > 0 ? [`  … and ${more} more`] : [])]
}

function missText({ entry, test }: RunCall): string {
  const by = test ? `, asked by ${test.file}${test.line === undefined ? '' : `:${test.line}`} (${test.name})` : ''
  return `missed: ${callName(entry)}, exchange ${entry.id}${by}\n${(entry.error?.message ?? '').replaceAll(/^/gm, '    ')}`
}

function unusedTexts({ recordings }: UnusedFile): string[] {
  return recordings.map((recording) => `  ${recording.place}  ${callName(recording)}`)
}

/** `POST /v1/chat/completions (gpt-4o)`. */
export function callName({ endpoint, model }: { readonly endpoint: string; readonly model?: string | undefined }): string {
  return `${endpoint}${model === undefined ? '' : ` (${model})`}`
}
