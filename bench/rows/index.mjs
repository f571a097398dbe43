/** Every row of work, in the order in which they are measured. */
import { idleConnections, openStreams } from './connections.mjs'
import { growthOfPrompts, growthOfRecordings, growthOfRules } from './growth.mjs'
import { imports } from './imports.mjs'
import { largeCassette } from './large-cassette.mjs'
import { liveJson } from './live-json.mjs'
import { liveOne } from './live-one.mjs'
import { liveStreams } from './live-streams.mjs'
import { longStream } from './long-stream.mjs'
import { replayJson } from './replay-json.mjs'
import { replayStreams } from './replay-streams.mjs'
import { start } from './start.mjs'
import { testSuite } from './test-suite.mjs'
import { workers } from './workers.mjs'

export const ROWS = [
  replayJson,
  replayStreams,
  liveJson,
  liveOne,
  liveStreams,
  longStream,
  idleConnections,
  openStreams,
  start,
  imports,
  testSuite,
  largeCassette,
  growthOfRecordings,
  growthOfRules,
  growthOfPrompts,
  workers
]

/** What a quick run measures: the ratios that must not fall. What takes longest is last, since a busy machine may not come to it. */
export const QUICK_ROWS = [imports, start, liveJson, liveOne, replayJson, replayStreams, liveStreams]
