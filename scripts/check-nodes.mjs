/** Runs the tests on newer Nodes, but for those that are the same on all: each comes from the registry into a folder that is thrown away. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAJORS = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24']
/** Tests that bring a Node, a runner or a browser of their own, and those whose work no Node does otherwise. */
const SAME_ON_ALL = [
  'test/vitest/{runs,majors,browser,types}.test.ts',
  'test/msw/page.test.ts',
  'test/redaction/planted.test.ts',
  'test/acceptance/imported-exchanges.test.ts'
]

const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const lookAgain = join(root, 'scripts/look-again.mjs')
const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`

/** Installs one and gives the path of its binary. */
function install(major, folder) {
  execFileSync(
    'npm',
    [
      'install',
      '--prefix',
      folder,
      '--no-save',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      `${name}@${major}`
    ],
    {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit']
    }
  )
  const node = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (!existsSync(node)) throw new Error(`${name}@${major} holds no binary at ${node}`)
  return node
}

function runTests(major) {
  const folder = mkdtempSync(join(tmpdir(), `openai-proxy-node-${major}-`))
  try {
    // Tests that give up root's rights run this Node as another user.
    chmodSync(folder, 0o755)
    const node = install(major, folder)
    console.log(`Node ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`)
    const path = `${dirname(node)}${delimiter}${process.env.PATH}`
    const run = (args) => spawnSync(node, args, { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: path } }).status === 0
    const reports = process.env['TEST_REPORTS']
    return (
      run([vitest, 'run', ...SAME_ON_ALL.flatMap((files) => ['--exclude', files])]) ||
      (reports !== undefined && run([lookAgain, reports]))
    )
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

const failed = MAJORS.filter((major) => !runTests(major))
console.log(failed.length === 0 ? `Node ${MAJORS.join(', ')}: all tests passed` : `Node ${failed.join(', ')}: tests failed`)
process.exitCode = failed.length === 0 ? 0 : 1
