/**
 * Measures a cassette of 20,000 interactions and 100 MB: opening, the first hit, a miss explained, memory, recording; beside parsing
 * it with `yaml`. Run by hand: `node bench/cassettes.mjs [INTERACTIONS]`; with `--json cassette`
 * or `--json yaml` it gives figures to the table of all work. Every figure is taken in a process of its own, and says beside the time
 * how much of it the processor worked: on a busy machine that one is the truer.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { source } from './harness/source.mjs'

const parts = ['document', 'file-store', 'key-line', 'key', 'separator', 'tape'].map((name) => `cassettes/${name}`)
const [{ HEADER_TEXT, writeInteraction }, { createFileStore }, { writeKeyLine }, { matchKeys }, { SEPARATOR }, { openTape }] =
  await source(parts)

const MEGABYTE = 1024 * 1024
const URL_OF = { chat: 'https://api.openai.com/v1/chat/completions', messages: 'https://api.anthropic.com/v1/messages' }
const WORDS =
  'the report says that a river rises in spring and its water reaches the town below when snow melts in the hills so people there keep boats ready and know which road stays dry'.split(
    ' '
  )
const NO_FILES = { keep: () => 'x.files/0.bin', read: () => new Uint8Array(0) }

/** Words in an order that a number decides. */
function prose(seed, count) {
  return Array.from({ length: count }, (_, index) => WORDS[(seed * 7 + index * index + 3 * index) % WORDS.length]).join(' ')
}

function request(template, id) {
  const system = Array.from({ length: 6 }, (_, index) => prose(template + index, 12)).join('\n')
  const tool = (name) => ({
    name,
    description: prose(template, 15),
    parameters: { type: 'object', properties: { city: { type: 'string' } } }
  })
  const body = {
    model: template % 2 ? 'gpt-4o' : 'claude-sonnet-4-5',
    stream: template % 3 === 0,
    max_tokens: 1024,
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: `Question ${id}: ${prose(template * 3, 30)}?` }
    ],
    tools: [tool('get_weather'), tool('find_road')]
  }
  const url = template % 2 ? URL_OF.chat : URL_OF.messages
  return { method: 'POST', url, headers: [['content-type', 'application/json']], body: Buffer.from(JSON.stringify(body)) }
}

function response(template) {
  const words = prose(template, template % 3 === 0 ? 110 : 500).split(' ')
  if (template % 3 !== 0) {
    const body = JSON.stringify({
      id: `chatcmpl-${template}`,
      choices: [{ index: 0, message: { role: 'assistant', content: words.join(' ') } }]
    })
    return { status: 200, headers: [['content-type', 'application/json']], body: Buffer.from(body), timing: [812] }
  }
  const events = words.map(
    (content) =>
      `data: ${JSON.stringify({ id: `chatcmpl-${template}`, object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content } }] })}\n\n`
  )
  const body = `${events.join('')}data: [DONE]\n\n`
  return { status: 200, headers: [['content-type', 'text/event-stream']], body: Buffer.from(body), timing: words.map(() => 29) }
}

const TEMPLATES = 60
const ID = '@000000@'
const idOf = (number) => `@${String(number).padStart(6, '0')}@`

/** Writes 60 interactions as the recorder does, then each many times with another question and its key. */
function makeCassette(path, count) {
  const recorded = { at: '2026-11-24T09:00:00Z', ms: 900 }
  const texts = Array.from({ length: TEMPLATES }, (_, template) => {
    const text = writeInteraction({ request: request(template, ID), response: response(template), recorded }, NO_FILES)
    return text.slice(text.indexOf('\n') + 1)
  })
  const file = openSync(path, 'w')
  writeSync(file, HEADER_TEXT)
  for (let number = 0; number < count; number += 1) {
    const template = number % TEMPLATES
    const text = texts[template].replace(ID, idOf(number))
    writeSync(file, SEPARATOR + writeKeyLine(matchKeys(request(template, idOf(number))), text) + text)
  }
}

/** Milliseconds by the clock, and of the processor. */
const timed = async (work) => {
  const [start, before] = [performance.now(), process.cpuUsage()]
  const value = await work()
  const { user, system } = process.cpuUsage(before)
  return { ms: [performance.now() - start, (user + system) / 1000], value }
}

const middle = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]
const median = (times) => [0, 1].map((kind) => middle(times.map((time) => time[kind])))

function memory() {
  global.gc()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + Math.max(external, arrayBuffers)
}

const open = (path) => openTape({ store: createFileStore(path), name: path, report: () => undefined })
const wanted = (number) => request(number % TEMPLATES, idOf(number))

/** Notes the longest time in which nothing else had its turn, in milliseconds of the processor: others may have taken the rest. */
function watchBlocks() {
  let [longest, before, isOn] = [0, process.cpuUsage(), true]
  const look = () => {
    const { user, system } = process.cpuUsage(before)
    longest = Math.max(longest, (user + system) / 1000)
    before = process.cpuUsage()
    if (isOn) setImmediate(look)
  }
  setImmediate(look)
  return {
    stop() {
      isOn = false
      return longest
    }
  }
}

const MEASURES = {
  async play(path, count) {
    const before = { memory: memory(), peak: process.resourceUsage().maxRSS * 1024 }
    const opened = await timed(() => open(path))
    const tape = opened.value
    const held = memory() - before.memory
    const hit = async (number) => {
      const given = wanted(number)
      const { ms, value } = await timed(() => tape.take(given))
      if (value.kind !== 'hit') throw new Error(`${number} was not found.`)
      return ms
    }
    const first = await hit(Math.floor(count / 2))
    const others = []
    for (let number = 0; number < 200; number += 1) others.push(await hit((number * 97) % count))
    const again = []
    for (let number = 0; number < 200; number += 1) again.push(await hit((number * 97) % count))
    const misses = []
    for (const number of [count - 5, 11, 12]) {
      const { ms, value } = await timed(() => tape.take(request(number % TEMPLATES, `${idOf(number)} changed`)))
      if (value.kind !== 'miss' || !value.nearest.place.includes(`interaction ${number + 1} of`))
        throw new Error('Another is nearest.')
      misses.push(ms)
    }
    const peak = process.resourceUsage().maxRSS * 1024 - before.peak
    return {
      open: opened.ms,
      first,
      others: median(others),
      again: median(again),
      miss: misses[0],
      nextMiss: median(misses.slice(1)),
      held,
      after: memory() - before.memory,
      peak
    }
  },
  async record(path) {
    const tape = await open(path)
    const interactions = Array.from({ length: 120 }, (_, number) => ({
      request: request(number % TEMPLATES, `new ${number}`),
      response: response(number % TEMPLATES),
      recorded: { at: '2026-11-24T09:00:00Z', ms: 900 }
    }))
    // The first ones warm the code up.
    const whole = []
    for (const interaction of interactions) whole.push((await timed(() => tape.append(interaction, () => undefined))).ms)
    const texts = []
    for (const interaction of interactions) texts.push((await timed(() => writeInteraction(interaction, NO_FILES))).ms)
    return { append: median(whole.slice(60)), text: median(texts.slice(60)) }
  },
  async ruled(path, count) {
    const match = { ignore: ['max_tokens'], normalise: ['uuid', 'iso-date'] }
    const tape = await openTape({ store: createFileStore(path), name: path, report: () => undefined, match })
    const blocks = watchBlocks()
    const hit = async (number) => {
      const given = wanted(number)
      const body = Buffer.from(given.body.toString().replace('1024', '1'))
      const { ms, value } = await timed(() => tape.take({ ...given, body }))
      if (value.kind !== 'hit') throw new Error('It was not found.')
      return ms
    }
    const first = await hit(Math.floor(count / 2))
    const others = []
    for (let number = 0; number < 50; number += 1) others.push(await hit((number * 397) % count))
    const { ms: miss, value } = await timed(() => tape.take(request(11, `${idOf(11)} changed`)))
    if (value.kind !== 'miss') throw new Error('It was found.')
    const longest = blocks.stop()
    const { ms: uses } = await timed(() => tape.interactions())
    return { first, others: median(others), miss, longest, uses }
  },
  async ids(path) {
    const tape = await open(path)
    const withUser = (user, text) => {
      const body = { model: 'gpt-4o', user, messages: [{ role: 'user', content: text }] }
      return { ...request(0, 'x'), body: Buffer.from(JSON.stringify(body)) }
    }
    const uuid = (last) => `3f0e5c1a-9b1d-4c7e-8a52-0d6a1b2c3d4${last}`
    const recorded = { at: '2026-11-24T09:00:00Z', ms: 900 }
    await tape.append({ request: withUser(uuid(0), 'who am I'), response: response(1), recorded }, () => undefined)
    const blocks = watchBlocks()
    const { ms, value } = await timed(() => tape.take(withUser(uuid(1), 'who am I')))
    if (value.kind !== 'hit') throw new Error('It was not found.')
    return { first: ms, longest: blocks.stop() }
  },
  async yaml(path, count) {
    const text = readFileSync(path, 'utf8')
    const share = Math.max(1, Math.round(count / 400))
    let cut = text.length
    if (share > 1) cut = text.indexOf('\n---\n', Math.floor(text.length / share)) + 1
    const before = memory()
    const { ms, value } = await timed(() => parseAllDocuments(text.slice(0, cut)).map((document) => document.toJS()))
    const scale = text.length / cut
    return { open: ms.map((time) => time * scale), held: (memory() - before) * scale, share: value.length / (count + 1) }
  }
}

const [, , given, path, kind] = process.argv
const count = Number(given ?? 20_000)

/** One figure's process. */
function measure(name, file) {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--expose-gc', import.meta.filename, String(count), file, name],
    { encoding: 'utf8' }
  )
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

const print = (name, value) => process.stdout.write(`${name.padEnd(46)} ${value}\n`)
const digits = (number) => number.toFixed(number < 10 ? 2 : 0)
const ms = ([time, processor]) => `${digits(time)} ms (${digits(processor)})`

/** Figures for the table of `run.mjs`. */
function asJson(part, file) {
  const { size } = statSync(file)
  if (part === 'yaml') {
    const { open: times, held } = measure('yaml', file)
    return { open: times[0], held: held / size }
  }
  const plays = [1, 2, 3].map(() => measure('play', file))
  const play = (field) => median(plays.map((one) => one[field]))[0]
  return { open: play('open'), first: play('first'), miss: play('miss'), held: middle(plays.map((one) => one.held)) / size }
}

function report({ file, empty, copy }) {
  const { size } = statSync(file)
  const mb = (bytes) => `${(bytes / MEGABYTE).toFixed(0)} MB (${(bytes / size).toFixed(2)} of the file)`
  print('interactions, size; times: clock (processor)', `${count}, ${(size / MEGABYTE).toFixed(0)} MB`)
  const plays = [1, 2, 3].map(() => measure('play', file))
  const play = (field) => median(plays.map((one) => one[field]))
  const held = (field) => mb(middle(plays.map((one) => one[field])))
  print('open', ms(play('open')))
  print('first hit', ms(play('first')))
  print('a hit not read before, a hit read before', `${ms(play('others'))}, ${ms(play('again'))}`)
  print('nearest on a miss, first and later', `${ms(play('miss'))}, ${ms(play('nextMiss'))}`)
  print('memory held after opening', held('held'))
  print('memory held after 400 hits and three misses', held('after'))
  print('peak resident memory over that before opening', held('peak'))
  const [small, large] = [measure('record', empty), measure('record', file)]
  print(
    'append to an empty cassette, to this one',
    `${ms(small.append)}, ${ms(large.append)} (of it making the text ${ms(large.text)})`
  )
  const ruled = measure('ruled', file)
  print('under rules: first hit, others', `${ms(ruled.first)}, ${ms(ruled.others)}`)
  print('under rules: nearest on a miss', ms(ruled.miss))
  print('under rules: longest without a turn for others', `${digits(ruled.longest)} ms of the processor`)
  print('what was used of it (proxy.cassettes)', ms(ruled.uses))
  copyFileSync(file, copy)
  const bound = measure('ids', copy)
  print('first hit that binds ids of clients', `${ms(bound.first)}, longest without a turn ${digits(bound.longest)} ms`)
  const yaml = measure('yaml', file)
  const share = `from ${(yaml.share * 100).toFixed(0)} % of it`
  print(
    'parsing it with yaml',
    `${yaml.open.map((time) => (time / 1000).toFixed(0)).join(' s (')} s), ${mb(yaml.held)}, ${share}`
  )
}

if (kind && path !== '--json') {
  process.stdout.write(JSON.stringify(await MEASURES[kind](path, count)))
} else {
  const folder = mkdtempSync(join(tmpdir(), 'openai-proxy-bench-'))
  try {
    const [file, empty, copy] = ['large.yaml', 'empty.yaml', 'copy.yaml'].map((name) => join(folder, name))
    makeCassette(file, count)
    if (path === '--json') process.stdout.write(JSON.stringify(asJson(kind, file)))
    else report({ file, empty, copy })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
