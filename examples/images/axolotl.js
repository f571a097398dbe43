// An image: the model draws it, and it is saved as a file.
import { writeFile } from 'node:fs/promises'
import OpenAI from 'openai'
import { startProxy } from 'openai-proxy'

const proxy = await startProxy({ cassette: 'axolotl' })
const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused' })

const { output } = await openai.responses.create({
  model: 'gpt-5',
  input: 'Generate an image of axolotl.',
  tools: [{ type: 'image_generation', output_format: 'jpeg' }],
  tool_choice: 'required'
})

for (const item of output) {
  if (item.type !== 'image_generation_call' || !item.result) continue
  const image = Buffer.from(item.result, 'base64')
  await writeFile('axolotl.jpg', image)
  console.log(`axolotl.jpg: ${image.length} bytes`)
}

await proxy.close()
