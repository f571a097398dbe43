/** Runs the steps of action.yml as a runner of GitHub's would: their shell scripts, with the inputs as their environment. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

interface Step {
  readonly name: string
  readonly if?: string
  readonly uses?: string
  readonly with?: Readonly<Record<string, string>>
  readonly shell?: string
  readonly run?: string
  readonly env?: Readonly<Record<string, string>>
  readonly 'working-directory'?: string
}

export interface Action {
  readonly name: string
  readonly description: string
  readonly inputs: Readonly<
    Record<string, { readonly description: string; readonly required?: boolean; readonly default?: string }>
  >
  readonly runs: { readonly using: string; readonly steps: readonly Step[] }
}

export const ACTION = parse(readFileSync('action.yml', 'utf8')) as Action

export interface ActionRun {
  /** Of the first step that failed; 0: none did. */
  readonly code: number
  readonly output: string
  /** The names of the steps that ran. */
  readonly steps: readonly string[]
}

export interface RunnerParts {
  /** The checkout. */
  readonly workspace: string
  readonly env: Readonly<Record<string, string>>
}

/** @param given the inputs of `with:`; a missing one has its default */
export async function runAction(given: Readonly<Record<string, string>>, { workspace, env }: RunnerParts): Promise<ActionRun> {
  const inputs = Object.fromEntries(
    Object.entries(ACTION.inputs).map(([name, input]) => [name, given[name] ?? input.default ?? ''])
  )
  const steps: string[] = []
  let output = ''
  for (const step of ACTION.runs.steps) {
    if (!isDue(step.if, inputs)) continue
    steps.push(step.name)
    if (step.run === undefined) continue
    const variables = Object.entries(step.env ?? {}).map(([name, value]) => [name, evaluate(value, inputs)])
    const cwd = join(workspace, evaluate(step['working-directory'] ?? '.', inputs))
    const done = await runBash(step.run, cwd, { ...env, GITHUB_WORKSPACE: workspace, ...Object.fromEntries(variables) })
    output += done.output
    if (done.code !== 0) return { code: done.code, output, steps }
  }
  return { code: 0, output, steps }
}

/** The two forms of conditions that the action uses. Throws on any other. */
function isDue(condition: string | undefined, inputs: Readonly<Record<string, string>>): boolean {
  if (condition === undefined) return true
  const [, name, sign, value] = /^inputs\.([\w-]+) (==|!=) '(.*)'$/.exec(condition) ?? []
  if (name === undefined || !(name in inputs)) throw new Error(`The condition ${condition} is none that this runner knows.`)
  return (inputs[name] === value) === (sign === '==')
}

function evaluate(text: string, inputs: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
    const [, name = ''] = /^inputs\.([\w-]+)$/.exec(expression) ?? []
    if (!(name in inputs)) throw new Error(`There is no ${expression}.`)
    return inputs[name]!
  })
}

/** As a runner calls it: https://docs.github.com/actions/reference/workflow-syntax-for-github-actions#jobsjob_idstepsshell */
function runBash(script: string, cwd: string, env: Readonly<Record<string, string>>): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], { cwd, env })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => void (output += chunk.toString()))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 1, output }))
  })
}
