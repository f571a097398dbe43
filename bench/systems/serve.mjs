/** Runs a system that is a library: `node serve.mjs talkback replay TASK.json`. */
import { readFileSync } from 'node:fs'

const [, , name, kind, file] = process.argv
const { serve } = await import(`./${name}.mjs`)
await serve[kind](JSON.parse(readFileSync(file, 'utf8')))
