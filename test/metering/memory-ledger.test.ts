/** The ledger in this process does what every ledger must. */
import { createMemoryLedger } from '../../src/metering/memory-ledger.ts'
import { testLedger } from './test-ledger.ts'

testLedger('the memory ledger', createMemoryLedger)
