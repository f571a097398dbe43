// The code under test: is it fit to be shown to everyone?
const { OpenAI } = require('openai')

/** @param {string} text */
exports.isKind = async (text) => {
  const { results } = await new OpenAI().moderations.create({ input: text })
  return results.every(({ flagged }) => !flagged)
}
