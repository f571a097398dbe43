/** A process that records interactions into a cassette, one after the other, and says of each how it went. */
import { writeSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const [dist, path, name, count, user] = process.argv.slice(2)
const load = (file) => import(pathToFileURL(`${dist}/cassettes/${file}`).href)
const { createFileStore } = await load('file-store.js')
const { openTape } = await load('tape.js')

// Another user may not be let to where the program itself stands: it is one from here on.
if (user !== undefined) process.setuid(Number(user))

/** At once on the pipe: what is said here was true when the process was killed. */
const say = (text) => writeSync(1, `${text}\n`)

const tape = await openTape({ store: createFileStore(path), name: path, report: (message) => say(`report ${message}`) })
say('ready')
const headers = [['content-type', 'application/json']]

/** Every fifth answer stands in a file beside the cassette. */
function answer(number) {
  const text = `${name}-${number} `
  if (number % 5 !== 4) return Buffer.from(JSON.stringify({ text: text.repeat(1 + ((number * 37) % 200)) }))
  return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.alloc(70_000, text)])
}

for (let number = 0; number < Number(count); number += 1) {
  const body = Buffer.from(JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: `${name}-${number}` }] }))
  const interaction = {
    request: { method: 'POST', url: 'https://api.openai.com/v1/chat/completions', headers, body },
    response: { status: 200, headers, body: answer(number), timing: [1] },
    recorded: { at: '2026-11-24T09:00:00Z', ms: 1 }
  }
  try {
    await tape.append(interaction, () => undefined)
    say(`done ${name}-${number}`)
  } catch (error) {
    say(`failed ${error.code} ${error.message}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
