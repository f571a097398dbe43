/** Makes of a run what its reports show: each call, each miss at the line of its test, each recording that answered nothing. */
import type { LogEntry } from '../log/log-entry.ts'
import type { ReportItem } from './report-item.ts'
import type { RunCall, RunFacts, UnusedFile } from './run-facts.ts'
import { callName } from './run-report.ts'

/** A line of a file. */
interface Spot {
  readonly file: string
  readonly line: number
}

/** @param strict whether a recording that answered nothing is an error */
export function runItems({ calls, unused }: RunFacts, strict: boolean): ReportItem[] {
  return [
    ...calls.map((call): ReportItem => ({ ...spotOf(call), ...toldOf(call) })),
    ...unused.flatMap((file) => unusedItems(file, strict))
  ]
}

/** The line of the test, where it is known; else of the recording that is nearest; else the cassette. */
function spotOf({ entry, test }: RunCall): Spot {
  if (test) return { file: test.file, line: test.line ?? 1 }
  return readPlace(entry.error?.nearest) ?? { file: entry.cassette ?? '.', line: 1 }
}

function readPlace(place: string | undefined): Spot | undefined {
  const [, file, line] = /^(.+):(\d+)$/s.exec(place ?? '') ?? []
  return file === undefined ? undefined : { file, line: Number(line) }
}

function toldOf({ way, entry, test }: RunCall): Omit<ReportItem, 'file' | 'line'> {
  const call = callName(entry)
  const name = test ? `${test.name}: ${call}` : call
  const json = { way, exchange: entry.id, endpoint: entry.endpoint, model: entry.model, test, cassette: entry.cassette }
  if (way !== 'missed') return { name, level: 'fine', rule: way, title: '', text: textOf(way, entry) }
  const [text = '', ...lines] = entry.error?.message.split('\n') ?? []
  return {
    name,
    level: 'error',
    rule: 'missed',
    title: 'No recording fits',
    text,
    lines,
    json: { ...json, nearest: entry.error?.nearest, message: entry.error?.message }
  }
}

function textOf(way: string, { error }: LogEntry): string {
  return error ? `${way}: ${error.code}` : way
}

function unusedItems({ file, isWhole, recordings }: UnusedFile, strict: boolean): ReportItem[] {
  const one = { level: strict ? 'error' : 'notice', rule: 'unused', title: 'Answered nothing' } as const
  const text = 'no request of the run was answered by it'
  if (isWhole) {
    const name = `all ${recordings.length} recordings`
    return [{ ...one, file, line: 1, name, text, json: { way: 'unused', cassette: file, recordings: recordings.length } }]
  }
  return recordings.map((recording) => {
    const { place, endpoint, model } = recording
    const json = { way: 'unused', cassette: file, place, endpoint, model }
    return { ...one, ...(readPlace(place) ?? { file, line: 1 }), name: callName(recording), text, json }
  })
}
