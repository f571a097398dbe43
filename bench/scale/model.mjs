/** How many replicas some users need, and what Redis carries then: plain arithmetic over measured figures. Pure. */

/** What is assumed of users; change it to what yours do. */
export const ASSUMED = {
  /** Share of all users who are there in the busiest hour. */
  active: 0.1,
  /** Calls that one of them makes in that hour. */
  callsPerHour: 12,
  /** How much busier the busiest minute is than the mean of its hour. */
  peak: 2,
  /** Share of calls that are streams. */
  streams: 0.8,
  /** Events of a stream. */
  events: 200,
  /** Seconds that a call is under way. */
  callSeconds: 8,
  /** Kilobytes in the log for each call, with bodies. */
  logKb: 12,
  /** Share of a core that is planned to be used in the busiest minute. */
  busy: 0.5,
  /** Hours of the busiest kind that a day amounts to. */
  busyHours: 8
}

/** Open files of a process, as most systems allow them: a stream takes two, one on each side. */
export const OPEN_FILES = 1024

/**
 * @param figures `{ jsonUs, streamUs, streamEvents, openStreamKb, redisUs, redisBytes, redisTokenBytes, redisCallBytes }`: processor time of a
 *   JSON call and of a stream of `streamEvents`, memory of an open stream, Redis' time and bytes for a call, its memory for a token and for
 *   a call under way and in a window
 * @returns what the busiest minute asks for
 */
export function sizeFor(users, figures, assumed = ASSUMED) {
  const { active, callsPerHour, peak, streams, events, callSeconds, logKb, busy, busyHours } = assumed
  const callsPerSecond = (users * active * callsPerHour * peak) / 3600
  const open = callsPerSecond * callSeconds
  const streamUs = (figures.streamUs * events) / figures.streamEvents
  const usPerCall = figures.jsonUs * (1 - streams) + streamUs * streams
  const cores = (callsPerSecond * usPerCall) / 1e6 / busy
  const byFiles = (open * 2) / (OPEN_FILES * 0.8)
  return {
    users,
    callsPerSecond,
    open,
    cores,
    /** Replicas of one process each: the processor or the open files, whatever is used up first. */
    replicas: Math.max(1, Math.ceil(cores), Math.ceil(byFiles)),
    limit: Math.ceil(cores) >= Math.ceil(byFiles) ? 'processor' : 'open files',
    streamsMb: (open * figures.openStreamKb) / 1024,
    logGbPerDay: (users * active * callsPerHour * busyHours * logKb) / 1e6,
    redisShare: (callsPerSecond * figures.redisUs) / 1e6,
    redisMbPerSecond: (callsPerSecond * figures.redisBytes) / 1e6,
    redisMb: (users * active * figures.redisTokenBytes + callsPerSecond * 60 * figures.redisCallBytes) / 1e6
  }
}
