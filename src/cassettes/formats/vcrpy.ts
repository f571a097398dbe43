/** VCR.py, in YAML or JSON: bodies as text, as `!!binary`, as `base64_string`, or as the `parsed_body` of pydantic-ai. */
import { toText } from '../../http/message.ts'
import type { Interaction } from '../interaction.ts'
import { writeMap, type YamlObject, type YamlValue } from '../yaml-text.ts'
import { readEach, type RecordingFormat } from './format.ts'
import { headerLists } from './header-map.ts'
import { holdsList, listOf, readVcrExchange } from './vcr.ts'

export const vcrpy: RecordingFormat = {
  name: 'vcrpy',
  title: 'VCR.py',
  extension: '.yaml',
  detect: (root) => holdsList(root, 'interactions'),
  read: (root) => readEach(listOf(root, 'interactions'), readVcrExchange),
  write(interactions) {
    const root: YamlObject = new Map<string, YamlValue>([
      ['interactions', interactions.map(writeInteraction)],
      ['version', 1]
    ])
    return { text: writeMap(root, ''), leftOut: [] }
  }
}

function writeInteraction({ request, response }: Interaction): YamlObject {
  return new Map([
    [
      'request',
      new Map<string, YamlValue>([
        ['body', request.body.byteLength === 0 ? null : writeBytes(request.body)],
        ['headers', headerLists(request.headers)],
        ['method', request.method],
        ['uri', request.url]
      ])
    ],
    [
      'response',
      new Map<string, YamlValue>([
        ['body', new Map([['string', writeBytes(response.body)]])],
        ['headers', headerLists(response.headers)],
        [
          'status',
          new Map<string, YamlValue>([
            ['code', response.status],
            ['message', '']
          ])
        ]
      ])
    ]
  ])
}

function writeBytes(bytes: Uint8Array): YamlValue {
  return toText(bytes) ?? { flow: `!!binary "${Buffer.from(bytes).toString('base64')}"` }
}
