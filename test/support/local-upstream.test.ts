/** The local upstream answers as the real API did, and misbehaves as it is told to. */
import { request as httpRequest } from 'node:http'
import { describe, expect, it } from 'vitest'
import { getHeader } from '../../src/http/headers.ts'
import { answerEarly, dieAfter, stall, startUpstream } from './local-upstream.ts'
import { publicPath, realExchange, realExchanges, type RealExchange } from './real-exchanges.ts'

function ask(url: string, exchange: RealExchange, path = publicPath(exchange)): Promise<Response> {
  const { method, headers, body } = exchange.request
  const type = getHeader(headers, 'content-type')
  return fetch(url + path, {
    method,
    ...(type ? { headers: { 'content-type': type } } : {}),
    ...(method === 'GET' ? {} : { body })
  })
}

describe('playing', () => {
  it('answers every real exchange with its own status and its own bytes', async () => {
    const exchanges = realExchanges().filter(({ provider }) => provider !== 'other')
    await using upstream = await startUpstream(exchanges, { match: 'order' })
    for (const exchange of exchanges) {
      const response = await ask(upstream.url, exchange)
      expect(response.status, exchange.id).toBe(exchange.response.status)
      // fetch takes the content encoding off.
      if (getHeader(exchange.response.headers, 'content-encoding')) await response.arrayBuffer()
      else expect(Buffer.from(await response.arrayBuffer()).equals(exchange.response.body), exchange.id).toBe(true)
    }
    expect(upstream.requests).toHaveLength(236)
    expect(Buffer.from(upstream.requests[3]!.body)).toEqual(Buffer.from(exchanges[3]!.request.body))
  })

  it('finds an exchange by what is asked, in any order, with any key order, under any prefix', async () => {
    const [chat, completion] = [realExchange('test_valid_response.yaml#0'), realExchange('test_completion.yaml#1')]
    await using upstream = await startUpstream([chat, completion])
    expect(await (await ask(upstream.url, completion)).json()).toMatchObject({ object: 'text_completion' })
    const swapped = '{"stream":false, "model":"gpt-4o","messages":[{"role":"user","content":"What is the capital of France?"}]}'
    const init = { method: 'POST', body: swapped }
    expect(await (await fetch(`${upstream.url}/openai/v1/chat/completions?x=1`, init)).json()).toMatchObject({
      object: 'chat.completion'
    })
  })

  it('answers equal requests in recorded order, and repeats the last', async () => {
    const polls = realExchanges('test_new_assistant_with_polling').filter(
      ({ request, id }) => request.method === 'GET' && /#([4-9]|1\d|2[0-2])$/.test(id)
    )
    const own = polls.filter(({ request }) => request.url === polls[0]!.request.url)
    await using upstream = await startUpstream(own)
    const answers: unknown[] = []
    for (let i = 0; i <= own.length; i += 1) answers.push((await ask(upstream.url, own[0]!)).headers.get('x-request-id'))
    const ids = own.map(({ response }) => getHeader(response.headers, 'x-request-id'))
    expect(answers).toEqual([...ids, ids.at(-1)])
    expect(own.length).toBeGreaterThan(10)
  })

  it('finds a form under another boundary', async () => {
    const exchange = realExchange('files_upload_file.yml#0')
    await using upstream = await startUpstream([exchange])
    const text = Buffer.from(exchange.request.body)
      .toString('latin1')
      .replaceAll('-----------RubyMultipartPost-3d71d0a3dd6b4e17933b3dda8b520d3b', 'other')
    const response = await fetch(`${upstream.url}/v1/files`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=other' },
      body: Buffer.from(text, 'latin1')
    })
    expect(await response.json()).toMatchObject({ object: 'file' })
  })

  it('says what it was asked where nothing fits', async () => {
    await using upstream = await startUpstream([realExchange('test_valid_response.yaml#0')])
    const response = await fetch(`${upstream.url}/v1/chat/completions`, { method: 'POST', body: '{"model":"other"}' })
    expect(response.status).toBe(500)
    expect(await response.text()).toContain(String.raw`No real exchange fits POST /v1/chat/completions {\"model\":\"other\"}`)
  })
})

describe('misbehaving', () => {
  it('cuts a stream in the middle', async () => {
    const exchange = realExchange('gpt-3_5-turbo_streamed_chat.yml#0')
    await using upstream = await startUpstream(dieAfter(exchange, 2))
    const response = await ask(upstream.url, exchange)
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow('terminated')
    expect(await upstream.requests[0]!.ended).toBe('aborted')
  })

  it('says nothing at all, and sees the client leave', async () => {
    await using upstream = await startUpstream(stall)
    const aborter = new AbortController()
    const answer = fetch(upstream.url, { signal: aborter.signal })
    await expect.poll(() => upstream.requests.length).toBe(1)
    aborter.abort()
    await expect(answer).rejects.toThrow()
    expect(await upstream.requests[0]!.ended).toBe('aborted')
  })

  it('answers before it has read the upload', async () => {
    await using upstream = await startUpstream(answerEarly(413, '{"error":{}}'))
    const status = await new Promise<number | undefined>((done, fail) => {
      const request = httpRequest(upstream.url, { method: 'POST', headers: { 'content-length': 1000 } }, (response) => {
        response.resume()
        done(response.statusCode)
        request.destroy()
      })
      request.on('error', fail)
      request.write('only the beginning')
    })
    expect(status).toBe(413)
  })

  it('is gone when it is closed', async () => {
    const upstream = await startUpstream(stall)
    const open = fetch(upstream.url)
    await expect.poll(() => upstream.requests.length).toBe(1)
    await upstream.close()
    await expect(open).rejects.toThrow()
    await expect(fetch(upstream.url)).rejects.toThrow()
  })
})
