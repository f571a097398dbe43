/** Makes one mode and one place of `--record`, `--replay`, `--mode` and `cassette`, and keeps a CI run from the network. */
import type { Mode } from '../pipeline/source.ts'
import { readSwitch } from './switch.ts'

/** What one source of settings says of mode and place; nothing: it leaves them to the next. */
export interface Choice {
  readonly mode: unknown
  readonly cassette: unknown
}

/** Every mode. */
const MODES: readonly Mode[] = ['live', 'record', 'replay', 'auto', 'once']

type Word = 'record' | 'replay'

/** The modes that a word goes with; the first is the one it means alone. */
const FITTING: Readonly<Record<Word | 'both', readonly Mode[]>> = {
  record: ['record', 'auto', 'once'],
  replay: ['replay', 'auto', 'once'],
  both: ['auto', 'once']
}

/**
 * Reads them out of one source. Throws an `Error` where they contradict each other.
 * @param label names a setting as its user wrote it
 */
export function readChoice(values: Readonly<Record<string, unknown>>, label: (key: string) => string): Choice {
  const words = (['record', 'replay'] as const).filter((word) => isSaid(values[word]))
  const { mode, cassette } = values
  const named = [...words.map((word) => values[word]), cassette].filter(
    (place) => place !== undefined && typeof readSwitch(place) !== 'boolean'
  )
  const places = [...new Set(named)]
  if (places.length > 1) throw new Error(`${words.map(label).join(' and ')} name different places. Name one cassette.`)
  const [first] = words
  if (first === undefined) return { mode, cassette: places[0] }
  const fitting = FITTING[words.length === 2 ? 'both' : first]
  const asked = MODES.find((one) => typeof mode === 'string' && one === mode.trim().toLowerCase())
  if (asked !== undefined && !fitting.includes(asked)) {
    const said = `${label('mode')} (${asked}) and ${words.map(label).join(' and ')}`
    throw new Error(`${said} contradict each other. Leave one out, or let the mode be ${fitting.join(' or ')}.`)
  }
  return { mode: mode ?? fitting[0], cassette: places[0] }
}

/** `--record` alone, or with a place; `OPENAI_PROXY_RECORD=false` says nothing. */
function isSaid(value: unknown): boolean {
  return value !== undefined && readSwitch(value) !== false
}

/** Whether these variables are those of a CI run: `CI` is set, and not to a word for no. */
export function isCi(variables: Readonly<Record<string, string | undefined>>): boolean {
  const value = variables['CI']?.trim()
  return value !== undefined && value !== '' && readSwitch(value) !== false
}

/**
 * The mode of a CI run: `auto` and `once` only replay, and so does `record`, unless it was asked for there and then. `live` calls
 * the network only where somebody has written it down: as what nobody has changed, it reaches this machine alone.
 * @param explicit whether a flag, or an option in code, asked for it
 */
export function ciMode(mode: Mode, explicit: boolean): Mode {
  return mode === 'live' || (mode === 'record' && explicit) ? mode : 'replay'
}
