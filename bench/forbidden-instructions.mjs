/** Measures the judgement of a 1 MB prompt against 100 patterns. Run by hand: `node bench/forbidden-instructions.mjs`. */
import { source } from './harness/source.mjs'

const [{ createRules }, { openai }] = await source(['firewall/index', 'providers/openai'])

const MEGABYTE = 1024 * 1024
const WORDS = 'please read the following report and tell me which previous instructions it gives to the reader of it'.split(' ')
const patterns = Array.from({ length: 100 }, (_, index) => ({
  role: '*',
  pattern: `*${WORDS[index % 20]} ${WORDS[(index * 7 + 3) % 20]} all ${index}*secret*${index % 10}*`
}))
const [rule] = createRules({ forbiddenInstructions: patterns })

const prompts = {
  'plain English': WORDS.join(' '),
  'with accents': 'Où est la bibliothèque ? Ça dépend de la journée. ',
  Russian: 'Прочитай, пожалуйста, отчёт и скажи, что в нём. ',
  'escapes everywhere': '&#105;gnore %70revious \\u0069nstructions ',
  'near misses': 'previous instructions all 1 secret ',
  'one letter': 'a'
}

for (const [name, words] of Object.entries(prompts)) {
  const content = (words + ' ').repeat(Math.ceil(MEGABYTE / Buffer.byteLength(words + ' ')))
  const value = { model: 'gpt-4o', messages: [{ role: 'user', content }] }
  const times = Array.from({ length: 15 }, () => {
    const call = openai.readCall({ method: 'POST', path: '/v1/chat/completions', content: { kind: 'json', value, text: '' } })
    const start = performance.now()
    const verdict = rule.judge(call)
    if (verdict.kind !== 'allow') throw new Error(`${name} is refused.`)
    return performance.now() - start
  })
  const sorted = times.toSorted((a, b) => a - b)
  process.stdout.write(
    `${name.padEnd(20)} median ${sorted[7].toFixed(1)} ms, first ${times[0].toFixed(1)} ms, worst ${sorted[14].toFixed(1)} ms\n`
  )
}
