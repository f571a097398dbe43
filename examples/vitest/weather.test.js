// A test has a proxy and a cassette to itself, named after it: recordings/weather.test/tells-the-weather.yaml.
import { expect, test } from 'openai-proxy/vitest'
import OpenAI from 'openai'
import { tellWeather } from './weather.js'

test('tells the weather', async ({ proxy, cassette }) => {
  const answer = await tellWeather(new OpenAI(proxy.openai), 'San Francisco and Japan')

  expect(answer).toBe('The weather in both San Francisco and Japan is nice.')
  expect(cassette).toHaveCalledTool('get_current_weather', { location: 'Japan' })
  expect(cassette).toHaveCost({ below: 0.001 })
  expect(cassette).toBeFullyUsed()
})
