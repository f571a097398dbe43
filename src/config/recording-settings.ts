/** The settings of recording, replaying and faults: rows of the table of settings. */
import type { Setting } from './setting.ts'

export const RECORDING_SETTINGS = [
  {
    key: 'record',
    variable: 'OPENAI_PROXY_RECORD',
    flag: '--record [place]',
    meaning: 'record each exchange in a cassette: a name, a file or a folder',
    outside: true
  },
  {
    key: 'replay',
    variable: 'OPENAI_PROXY_REPLAY',
    flag: '--replay [place]',
    meaning: 'answer from a cassette, never from the network. With --record: auto',
    outside: true
  },
  {
    key: 'mode',
    variable: 'OPENAI_PROXY_MODE',
    flag: '--mode <mode>',
    default: 'live',
    meaning: 'live, record, replay, auto (cassette, else network) or once (replay if the cassette exists)'
  },
  {
    key: 'cassette',
    meaning: 'place of the cassette, as --record and --replay take it: recordings/default.yaml where none is named'
  },
  {
    key: 'match',
    meaning: 'what does not count when a request is compared with recordings: ignore, normalise, headers, repeat, ids, fits'
  },
  {
    key: 'speed',
    variable: 'OPENAI_PROXY_SPEED',
    flag: '--speed <speed>',
    default: 'recorded',
    meaning: 'how fast recorded streams play: recorded, instant, 2x, 0.5x, "50 tokens/s"'
  },
  {
    key: 'faults',
    variable: 'OPENAI_PROXY_FAULT',
    flag: '--fault <fault>',
    repeats: '; ',
    meaning: 'what is to go wrong on purpose, e.g. model=gpt-4o,nth=2: status=429 (docs/faults.md); several with ; between them'
  },
  {
    key: 'faultSeed',
    variable: 'OPENAI_PROXY_FAULT_SEED',
    flag: '--fault-seed <number>',
    meaning: 'decides what faults leave to chance; the same number makes the same run. Not set: another one each time'
  }
] as const satisfies readonly Setting[]
