/** What a run has used of a cassette. */
import type { InteractionUse, Tape } from './interaction.ts'

/** A cassette of a run, and what of it was asked for. */
export interface CassetteUse {
  /** Its file. */
  readonly name: string
  /** Whether it existed when it was opened. */
  readonly existed: boolean
  /** How many interactions it holds. */
  readonly size: number
  /** Those that were played, or recorded. */
  readonly used: readonly InteractionUse[]
  /** Those that nobody asked for. */
  readonly unused: readonly InteractionUse[]
}

/** As the cassette was when it was last asked; reads nothing, so that it is told of one that is gone, too. */
export function useOf(tape: Tape): CassetteUse {
  const interactions = tape.interactions()
  return {
    name: tape.name,
    existed: tape.existed,
    size: interactions.length,
    used: interactions.filter(({ uses }) => uses > 0),
    unused: interactions.filter(({ uses }) => uses === 0)
  }
}
