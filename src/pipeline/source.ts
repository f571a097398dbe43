/** Chooses where an answer comes from: a pure table of modes. */

/** What the proxy does with an exchange. `auto`: the tape, else the upstream. `once`: replay if the cassette exists, else record. */
export type Mode = 'live' | 'record' | 'replay' | 'auto' | 'once'

/** What a mode allows. */
export interface ModeRules {
  /** Whether recordings answer. */
  readonly reads: boolean
  /** Whether a request may go to the network. */
  readonly calls: boolean
  /** Whether whole exchanges with the network are recorded. */
  readonly writes: boolean
}

const MODES: Readonly<Record<Exclude<Mode, 'once'>, ModeRules>> = {
  live: { reads: false, calls: true, writes: false },
  record: { reads: false, calls: true, writes: true },
  replay: { reads: true, calls: false, writes: false },
  auto: { reads: true, calls: true, writes: true }
}

/** @param cassetteExisted whether the cassette was there when it was opened; decides for `once` */
export function modeRules(mode: Mode, cassetteExisted: boolean): ModeRules {
  return MODES[mode === 'once' ? (cassetteExisted ? 'replay' : 'record') : mode]
}
