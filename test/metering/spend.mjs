/** A process that spends: reserves and settles on a ledger, many calls at once, and says each grant and settlement as it happens. */
import { writeSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const [dist, kind, place, prefix, name, calls, limit] = process.argv.slice(2)
const load = (file) => import(pathToFileURL(`${dist}/metering/${file}`).href)
const ledger =
  kind === 'redis'
    ? await (await load('redis-ledger.js')).connectRedisLedger({ url: place, prefix })
    : await (await load('file-ledger.js')).openFileLedger({ file: place, now: () => 0, compactAfter: 50 })

/** At once on the pipe: what is said here was true when the process was killed. */
const say = (word, id) => writeSync(1, `${word} ${id}\n`)

let next = 0
async function work() {
  while (next < Number(calls)) {
    const number = next++
    const id = `${name}-${number}`
    const reserved = await ledger.reserve({
      id,
      now: 0,
      entries: [{ account: 'budget', limit: Number(limit), amount: 1000, expiresAt: 1e9 }]
    })
    if (!reserved.granted) {
      say('refused', id)
      continue
    }
    say('granted', id)
    await new Promise((resolve) => setTimeout(resolve, number % 4))
    await ledger.settle(id, new Map([['budget', 100 + ((number * 37) % 800)]]))
    say('settled', id)
  }
}
await Promise.all(Array.from({ length: 20 }, work))
await ledger.close()
