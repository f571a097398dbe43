/** Ruby VCR, in YAML or JSON: bodies with their `encoding`, as text, as `!binary` or as `base64_string`. */
import { toText } from '../../http/message.ts'
import type { Interaction } from '../interaction.ts'
import { writeMap, type YamlObject, type YamlValue } from '../yaml-text.ts'
import { readEach, recordedAt, type RecordingFormat } from './format.ts'
import { headerLists } from './header-map.ts'
import { holdsList, listOf, readVcrExchange } from './vcr.ts'

export const rubyVcr: RecordingFormat = {
  name: 'ruby-vcr',
  title: 'Ruby VCR',
  extension: '.yml',
  detect: (root) => holdsList(root, 'http_interactions'),
  read: (root) => readEach(listOf(root, 'http_interactions'), readVcrExchange),
  write(interactions, version) {
    const root: YamlObject = new Map<string, YamlValue>([
      ['http_interactions', interactions.map(writeInteraction)],
      ['recorded_with', `openai-proxy ${version}`]
    ])
    return { text: `---\n${writeMap(root, '')}`, leftOut: [] }
  }
}

function writeInteraction({ request, response, recorded }: Interaction): YamlObject {
  return new Map<string, YamlValue>([
    [
      'request',
      new Map<string, YamlValue>([
        ['method', request.method.toLowerCase()],
        ['uri', request.url],
        ['body', writeBody(request.body)],
        ['headers', headerLists(request.headers)]
      ])
    ],
    [
      'response',
      new Map<string, YamlValue>([
        [
          'status',
          new Map<string, YamlValue>([
            ['code', response.status],
            ['message', '']
          ])
        ],
        ['headers', headerLists(response.headers)],
        ['body', writeBody(response.body)]
      ])
    ],
    // VCR reads the form of HTTP dates alone.
    ['recorded_at', recordedAt(recorded).toUTCString()]
  ])
}

function writeBody(bytes: Uint8Array): YamlObject {
  const text = toText(bytes)
  if (text !== undefined)
    return new Map([
      ['encoding', 'UTF-8'],
      ['string', text]
    ])
  return new Map([
    ['encoding', 'ASCII-8BIT'],
    ['base64_string', Buffer.from(bytes).toString('base64')]
  ])
}
