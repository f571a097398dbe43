// What may pass: one family of models, short answers, nobody's old trick, and by a rule of our own no card number.
import { allow, block, defineConfig, defineRule } from 'openai-proxy'

const noCardNumbers = defineRule({
  name: 'no-card-numbers',
  judge(call) {
    const found = call.texts.find(({ text }) => text.match(/\b(?:\d[ -]?){13,19}\b/g)?.some(isCardNumber))
    return found ? block(`There is a card number in ${found.path.join('.')}. Take it out.`, { code: 'card_number' }) : allow()
  }
})

/** The check digit that every card number ends with (Luhn). */
function isCardNumber(text) {
  const digits = [...text.replace(/\D/g, '')].toReversed().map(Number)
  return digits.reduce((sum, digit, at) => sum + (at % 2 ? (digit * 2) % 9 || digit : digit), 0) % 10 === 0
}

export default defineConfig({
  allowedModels: ['gpt-4*'],
  maxTokens: 500,
  forbiddenInstructions: ['*ignore previous instructions*'],
  rules: [noCardNumbers]
})
