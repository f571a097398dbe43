/** The faults of a running proxy: those of its settings, and those that a test adds. */
import type { Config } from './config/config.ts'
import { ConfigError } from './config/config-error.ts'
import type { FaultMatch } from './faults/fault.ts'
import { createFaults, type ActiveFault, type Faults } from './faults/faults.ts'
import { readFaults, type Fault, type FaultSetting } from './faults/read-faults.ts'

/** Seeds that are chosen are below this: short enough to be typed again. */
const SEEDS = 1_000_000

/** What a proxy gives its user to make something go wrong. */
export interface ProxyFaults {
  /**
   * Makes something go wrong on purpose for the requests that fit: `proxy.fault({ model: 'gpt-4o', nth: 2 }, { status: 429 })`.
   * Throws a `ConfigError` on a wrong match or fault.
   */
  fault(match: FaultMatch, fault: Fault): ActiveFault
  /** The faults in force: those of the settings, and those added since. */
  readonly faults: readonly ActiveFault[]
}

/** The same, and the list for the pipeline. */
export interface OpenFaults extends ProxyFaults {
  readonly list: Faults
  /** Of the first fault of the run, and of the first of each session. */
  readonly seed: number
}

export function openFaults({ faults: specs, faultSeed }: Pick<Config, 'faults' | 'faultSeed'>): OpenFaults {
  const seed = faultSeed ?? Math.floor(Math.random() * SEEDS)
  const list = createFaults({ seed, specs })
  return {
    list,
    seed,
    fault: (match, fault) => addFault(list, 'proxy.fault()', { ...match, ...fault }),
    get faults() {
      return list.all()
    }
  }
}

/**
 * @param by what a message calls whoever adds it
 * @throws `ConfigError` on a wrong match or fault
 */
export function addFault(list: Faults, by: string, setting: FaultSetting): ActiveFault {
  try {
    return list.add(readFaults(setting)[0]!)
  } catch (error) {
    throw new ConfigError([`${by}: ${(error as Error).message}`])
  }
}
