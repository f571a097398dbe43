// The code under test: it asks a model for a capital, and takes the name out of the answer.

/**
 * @param {import('openai').OpenAI} openai
 * @param {string} country
 */
export async function capitalOf(openai, country) {
  const { choices } = await openai.chat.completions.create({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: `What is the capital of ${country}?` }]
  })
  return choices[0]?.message.content?.match(/ is (.+)\.$/)?.[1]
}
