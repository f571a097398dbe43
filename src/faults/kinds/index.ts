/** Every kind of fault. A new one is one file and one line here; the first stands before the answer, the last next to it. */
import type { FaultKind } from '../fault.ts'
import { brokenToolJson } from './broken-tool-json.ts'
import { cut } from './cut.ts'
import { delay } from './delay.ts'
import { reset } from './reset.ts'
import { slow } from './slow.ts'
import { stall } from './stall.ts'
import { status } from './status.ts'
import { streamError } from './stream-error.ts'

export const KINDS: readonly FaultKind[] = [delay, status, stall, reset, cut, streamError, slow, brokenToolJson]
