// Runs the examples as a reader would, with no key and no network, and holds what they print against their READMEs.
// `node run.mjs [example …]`
import { spawn, spawnSync } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('.', import.meta.url))
const AT_ONCE = 2
const TIMEOUT_MS = 120_000
/** Lines of a failed example that are shown. */
const SHOWN = 40

const inherited = Object.entries(process.env).filter(([name]) => !/^(OPENAI|ANTHROPIC)_|^FORCE_COLOR$/.test(name))
const env = {
  ...Object.fromEntries(inherited),
  CI: 'true',
  NO_COLOR: '1',
  NODE_OPTIONS: `--import ${new URL('loopback-only.mjs', import.meta.url)} --test-reporter=spec`
}

/** An example, what became of it, and why it is no good. */
async function runExample(name) {
  const folder = join(ROOT, name)
  const { description, scripts, config } = await readJson(join(folder, 'package.json'))
  const missing = config?.needs.split(' ').find((program) => spawnSync(program, ['--version']).error)
  if (missing) return { name, description, outcome: `skipped: there is no ${missing}`, skipped: true, problems: [] }

  await rm(join(folder, 'logs'), { recursive: true, force: true })
  const script = scripts.test ? 'test' : 'start'
  const { code, seconds, stdout, all } = await runScript(script, folder)
  const replayed = await countReplayed(join(folder, 'logs', 'api-firewall.log'))
  const problems = [
    ...(code === 0 ? [] : [`it ended with ${code}`]),
    ...((await isTold(folder, script === 'test' ? { lines: all } : { whole: stdout })) ? [] : ['its README says otherwise']),
    ...(replayed === 0 ? ['no recording was replayed'] : [])
  ]
  const passed = ['passed', ...(replayed ? [`${replayed} replayed`] : []), `${seconds.toFixed(1)} s`].join(', ')
  return { name, description, outcome: problems.length > 0 ? 'FAILED' : passed, problems, all }
}

function runScript(script, cwd) {
  const started = performance.now()
  const child = spawn('npm', ['run', '--silent', script], { cwd, env, shell: process.platform === 'win32', timeout: TIMEOUT_MS })
  let stdout = ''
  let all = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
    all += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    all += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      resolve({ code: code ?? signal, seconds: (performance.now() - started) / 1000, stdout, all })
    })
  })
}

/** How many answers came from a tape; `undefined` where a proxy keeps no log, as vitest's and that of a page. */
async function countReplayed(file) {
  const log = await readFile(file, 'utf8').catch(() => undefined)
  return log?.split('\n').filter((line) => line && JSON.parse(line).source === 'tape').length
}

/** Whether one of the README's blocks of text is what was printed: the whole of it, or lines that stand in it in this order. */
async function isTold(folder, { whole = '', lines = whole }) {
  const readme = await readFile(join(folder, 'README.md'), 'utf8')
  return [...readme.matchAll(/^```text\n(.*?)^```$/gms)].some(([, block]) => {
    const told = linesOf(block)
    const printed = linesOf(lines)
    if (whole) return told.join('\n') === printed.join('\n')
    return told.every((line) => {
      const at = printed.indexOf(line)
      printed.splice(0, at + 1)
      return at >= 0
    })
  })
}

/** Without how long something took, and without what nobody sees. */
function linesOf(text) {
  const lines = text.split('\n').map((line) => line.replaceAll(/\s*\(?\b[\d.]+ ?m?s\b\)?/g, '').trim())
  return lines.filter(Boolean)
}

async function readJson(file) {
  return JSON.parse(await readFile(file, 'utf8'))
}

const { workspaces } = await readJson(join(ROOT, 'package.json'))
const names = process.argv.length > 2 ? process.argv.slice(2) : workspaces
const results = []
const queue = names.entries()
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (const [index, name] of queue) results[index] = await runExample(name)
  })
)

for (const { name, problems, all } of results) {
  if (problems.length > 0)
    console.log(`\n== ${name}: ${problems.join('; ')}\n\n${all.trimEnd().split('\n').slice(-SHOWN).join('\n')}\n`)
}
const [nameWidth, descriptionWidth] = ['name', 'description'].map((key) =>
  Math.max(...results.map((result) => result[key].length))
)
for (const { name, description, outcome } of results) {
  console.log(`${name.padEnd(nameWidth)}  ${description.padEnd(descriptionWidth)}  ${outcome}`)
}
const failed = results.filter(({ problems }) => problems.length > 0).length
console.log(`\n${results.length} examples: ${failed} failed, ${results.filter(({ skipped }) => skipped).length} skipped`)
process.exitCode = failed > 0 ? 1 : 0
