// Speech to text: a sound file is uploaded, and its words come back.
import { createReadStream } from 'node:fs'
import OpenAI from 'openai'
import { startProxy } from 'openai-proxy'

const proxy = await startProxy({ cassette: 'transcription' })
const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused' })

const { text } = await openai.audio.transcriptions.create({ model: 'whisper-1', file: createReadStream('audio_sample.mp3') })
console.log(text)

await proxy.close()
