/** `--record`, `--replay`, `--mode` and the cassette's place: what they mean together, and what CI makes of it. */
import { describe, expect, it } from 'vitest'
import { loadFrom, problemsOf, type Given } from './load-from.ts'

const YAML = 'openai-proxy.config.yaml'

function modeOf(given: Given): readonly [mode: string, cassette: string | undefined] {
  const { mode, cassette } = loadFrom(given).config
  return [mode, cassette]
}

describe('flags', () => {
  it.each([
    [{}, 'live', undefined],
    [{ record: true }, 'record', undefined],
    [{ record: 'weather' }, 'record', 'weather'],
    [{ replay: true }, 'replay', undefined],
    [{ replay: 'tests/tapes/' }, 'replay', 'tests/tapes/'],
    [{ record: true, replay: true }, 'auto', undefined],
    [{ record: 'weather', replay: true }, 'auto', 'weather'],
    [{ record: true, replay: 'weather' }, 'auto', 'weather'],
    [{ record: 'weather', replay: 'weather' }, 'auto', 'weather'],
    [{ mode: 'once' }, 'once', undefined],
    [{ mode: 'once', record: 'weather' }, 'once', 'weather'],
    [{ mode: 'once', replay: 'weather' }, 'once', 'weather'],
    [{ mode: 'AUTO', replay: 'weather' }, 'auto', 'weather'],
    [{ mode: 'record', record: 'weather' }, 'record', 'weather'],
    [{ mode: 'replay', replay: 'weather' }, 'replay', 'weather']
  ] as const)('%j is mode %s, cassette %s', (flags, mode, cassette) => {
    expect(modeOf({ flags })).toEqual([mode, cassette])
  })

  it.each([
    [{ mode: 'live', record: true }, '--mode (live) and --record contradict each other'],
    [{ mode: 'live', replay: 'weather' }, '--mode (live) and --replay contradict each other'],
    [{ mode: 'record', replay: true }, '--mode (record) and --replay contradict each other'],
    [{ mode: 'replay', record: 'weather' }, '--mode (replay) and --record contradict each other'],
    [{ mode: 'record', record: true, replay: true }, '--mode (record) and --record and --replay contradict each other'],
    [{ record: 'a', replay: 'b' }, '--record and --replay name different places']
  ] as const)('%j is refused', (flags, message) => {
    expect(problemsOf({ flags })).toEqual([expect.stringContaining(message)])
  })
})

describe('sources over each other', () => {
  it('the one that counts most decides the mode, whatever word it uses', () => {
    expect(modeOf({ flags: { mode: 'live' }, env: { OPENAI_PROXY_REPLAY: 'weather' } })[0]).toBe('live')
    expect(modeOf({ flags: { replay: true }, env: { OPENAI_PROXY_MODE: 'record' } })[0]).toBe('replay')
  })

  it('a replay that was asked for never becomes a recording because a file says record', () => {
    expect(modeOf({ flags: { replay: 'weather' }, files: { '.env': 'OPENAI_PROXY_RECORD=true' } })).toEqual(['replay', 'weather'])
  })

  it('a word without a place takes the place that is configured', () => {
    expect(modeOf({ flags: { record: true }, files: { [YAML]: 'cassette: weather' } })).toEqual(['record', 'weather'])
    expect(modeOf({ flags: { record: 'other' }, files: { [YAML]: 'cassette: weather' } })).toEqual(['record', 'other'])
  })

  it('a cassette alone records and replays nothing', () => {
    expect(modeOf({ files: { [YAML]: 'cassette: weather' } })).toEqual(['live', 'weather'])
  })

  it('the variables know the words for yes and no', () => {
    expect(modeOf({ env: { OPENAI_PROXY_RECORD: 'true' } })).toEqual(['record', undefined])
    expect(modeOf({ env: { OPENAI_PROXY_RECORD: 'no', OPENAI_PROXY_REPLAY: 'yes' } })).toEqual(['replay', undefined])
    expect(modeOf({ env: { OPENAI_PROXY_RECORD: 'off' } })).toEqual(['live', undefined])
  })

  it('says where the mode comes from in the words that were used', () => {
    expect(loadFrom({ flags: { record: 'weather' } }).origins).toEqual({ mode: '--record', cassette: '--record' })
    expect(loadFrom({ env: { OPENAI_PROXY_RECORD: '1', OPENAI_PROXY_REPLAY: '1' } }).origins).toEqual({
      mode: 'OPENAI_PROXY_RECORD in the environment and OPENAI_PROXY_REPLAY in the environment'
    })
  })
})

describe('CI', () => {
  it.each(['true', '1', 'yes', 'woodpecker'])('CI=%s lets auto and once only replay, flags or not', (CI) => {
    expect(modeOf({ flags: { mode: 'auto' }, env: { CI } })[0]).toBe('replay')
    expect(modeOf({ flags: { record: true, replay: true }, env: { CI } })[0]).toBe('replay')
    expect(modeOf({ env: { CI, OPENAI_PROXY_MODE: 'once' } })[0]).toBe('replay')
  })

  it('leaves a recording alone only where a flag asks for it', () => {
    const env = { CI: 'true' }
    expect(modeOf({ flags: { record: 'weather' }, env })).toEqual(['record', 'weather'])
    expect(modeOf({ flags: { mode: 'record' }, env })[0]).toBe('record')
    expect(modeOf({ env: { ...env, OPENAI_PROXY_RECORD: 'weather' } })).toEqual(['replay', 'weather'])
    expect(modeOf({ env, files: { '.env': 'OPENAI_PROXY_MODE=record' } })[0]).toBe('replay')
    expect(modeOf({ env, files: { [YAML]: 'mode: record' } })[0]).toBe('replay')
  })

  it('leaves live and replay alone, and says what it changed', () => {
    expect(modeOf({ env: { CI: 'true' } })[0]).toBe('live')
    expect(loadFrom({ flags: { replay: true }, env: { CI: 'true' } }).origins.mode).toBe('--replay')
    expect(loadFrom({ flags: { mode: 'auto' }, env: { CI: 'true' } }).origins.mode).toBe(
      'CI is set, which turns auto into replay'
    )
  })

  it.each(['', 'false', '0', 'off'])('CI=%j is no CI; and CI in .env neither', (CI) => {
    expect(modeOf({ flags: { mode: 'auto' }, env: { CI }, files: { '.env': 'CI=true' } })[0]).toBe('auto')
  })
})
