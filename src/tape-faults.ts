/** The faults that a cassette names: whoever plays it sees the same, each time. */
import type { Tape } from './cassettes/interaction.ts'
import { createFaults, type Faults } from './faults/faults.ts'
import type { ModeRules } from './pipeline/source.ts'

const CASSETTE_SEED = 1

/** Says so where there are any: nobody should look for such failures in vain. */
export function openTapeFaults(tape: Tape, allowed: ModeRules, report: (message: string) => void): Faults {
  if (allowed.reads && tape.faults.length > 0) {
    report(`The cassette ${tape.name} makes things go wrong on purpose: ${tape.faults.map(({ text }) => text).join('; ')}`)
  }
  return createFaults({ seed: CASSETTE_SEED, specs: tape.faults })
}
