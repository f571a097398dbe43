/** Holds many connections, idle after one answer or each with an open stream, until its input ends. A program: a file of JSON, lines of JSON. */
import { readFileSync } from 'node:fs'
import { openConnection, requestBytes } from './connection.mjs'

const { url, headers, body, count, streams } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const bytes = requestBytes({ url, headers, body })
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

let [opened, errors, again] = [0, 0, 0]
const open = []

/** One connection; resolves when it is as it shall be held, or has failed. */
function hold() {
  return new Promise((held) => {
    let isHeld = false
    const settle = () => {
      if (!isHeld) opened += 1
      isHeld = true
      held()
    }
    const connection = openConnection(url, {
      onOpen: () => connection.ask(bytes),
      onFirst: () => streams && settle(),
      onEnd({ status }) {
        if (status !== 200 || streams) errors += 1
        if (isHeld) again += 1
        if (!streams) settle()
        else held()
      },
      onLost() {
        errors += 1
        held()
      }
    })
    open.push(connection)
  })
}

// A few at a time, as clients come.
const AT_ONCE = 50
for (let begun = 0; begun < count; begun += AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - begun) }, hold))
}
say({ held: opened, errors })

process.stdin.resume().once('end', async () => {
  // Idle ones must still be of use.
  const asked = streams ? [] : open.filter((_, index) => index % 50 === 0)
  for (const connection of asked) connection.ask(bytes)
  for (let wait = 0; wait < 100 && again < asked.length; wait += 1) await new Promise((done) => setTimeout(done, 50))
  process.stdout.write(`${JSON.stringify({ held: opened, errors: errors + asked.length - again })}\n`, () => process.exit())
})
