/** Texts for the tests of redaction, put together at run time: no tracked file holds the look of a key. */
import { canary, CANARY_KINDS, type CanaryKind } from '../support/canary.ts'

/** The kind of placeholder that each canary gets; `plain` is only known to who learned it. */
export const KINDS: Readonly<Record<Exclude<CanaryKind, 'plain'>, string>> = {
  openai: 'openai-key',
  openaiProject: 'openai-key',
  openaiService: 'openai-key',
  openaiAdmin: 'openai-key',
  openaiEphemeral: 'openai-session',
  anthropic: 'anthropic-key',
  anthropicAdmin: 'anthropic-key',
  anthropicOauth: 'anthropic-key',
  github: 'github-token',
  aws: 'aws-key-id',
  google: 'google-key'
}

export const SHAPED = CANARY_KINDS.filter((kind): kind is Exclude<CanaryKind, 'plain'> => kind !== 'plain')

const letters = canary('plain').slice(6)

/** A private key of a given armour, with true line lengths. */
export function pem(armour = 'RSA PRIVATE', end = '\n'): string {
  const body = (letters + letters.toLowerCase())
    .repeat(20)
    .slice(0, 700)
    .match(/.{1,64}/g)!
  return [`-----BEGIN ${armour} KEY` + '-----', ...body, `-----END ${armour} KEY` + '-----'].join(end)
}

/** Shapes beside the canaries', with what makes them secrets. */
export const OTHERS: readonly (readonly [kind: string, secret: string, before: string])[] = [
  ['openrouter-key', 'sk-' + 'or-v1-' + '0a1b2c3d'.repeat(8), ''],
  ['openai-key', 'sk-' + 'proj-' + '****abcd', ''],
  ['openai-key', 'sk-' + 'ab*******yz', ''],
  ['openai-key', 'sk-' + 'abc...wxyz', ''],
  ['openai-key', 'my-own-' + 'key', 'Incorrect API key provided: '],
  ['organization', 'org-' + letters.slice(0, 24), ''],
  ['project', 'proj_' + letters.slice(0, 24), ''],
  ['groq-key', 'gsk' + '_' + letters.repeat(2), ''],
  ['xai-key', 'xai' + '-' + letters.repeat(2), ''],
  ['huggingface-token', 'hf' + '_' + letters.repeat(2).slice(0, 34), ''],
  ['slack-token', 'xox' + 'b-123456789012-' + letters.slice(0, 20), ''],
  ['stripe-key', 'sk' + '_live_' + letters.slice(0, 24), ''],
  ['sendgrid-key', 'SG' + '.' + letters.slice(0, 22) + '.' + letters.slice(0, 22), ''],
  [
    'slack-webhook',
    `T${letters.slice(0, 8)}/B${letters.slice(0, 8)}/${letters.slice(0, 24)}`,
    'https://hooks.slack.com/services/'
  ],
  ['discord-webhook', letters.repeat(3).slice(0, 68), 'https://discord.com/api/webhooks/123456789012345678/'],
  ['telegram-token', '123456789' + ':AA' + letters.repeat(2).slice(0, 33), ''],
  ['twilio-key', 'SK' + '0a1b2c3d'.repeat(4), ''],
  ['linear-key', 'lin' + '_api_' + letters.repeat(2).slice(0, 40), ''],
  ['notion-token', 'ntn' + '_12345678901' + letters.repeat(2).slice(0, 35), ''],
  ['figma-token', 'figd' + '_' + letters.repeat(2).slice(0, 43), ''],
  ['shopify-token', 'shpat' + '_' + '0a1b2c3d'.repeat(4), ''],
  ['vercel-token', 'vcp' + '_' + letters, ''],
  ['grafana-token', 'glc' + '_' + letters.repeat(3), ''],
  ['grafana-token', 'glsa' + '_' + letters.repeat(2).slice(0, 32) + '_0a1b2c3d', ''],
  ['vault-token', 'hvs' + '.' + letters.repeat(4).slice(0, 95), ''],
  ['onepassword-token', 'ops' + '_' + 'ey' + letters.repeat(5) + 'fQ', ''],
  ['databricks-token', 'dapi' + '0a1b2c3d'.repeat(4), ''],
  ['docker-token', 'dckr' + '_pat_' + letters.repeat(2).slice(0, 27), ''],
  ['digitalocean-token', 'dop' + '_v1_' + '0a1b2c3d'.repeat(8), ''],
  ['pypi-token', 'pypi' + '-AgE' + letters.repeat(3), ''],
  ['rubygems-key', 'rubygems' + '_' + '0a1b2c3d'.repeat(6), ''],
  ['postman-key', 'PMAK' + '-' + '0a1b2c3d'.repeat(3) + '-' + '0a1b2c3d'.repeat(4) + '4e', ''],
  ['newrelic-key', 'NRAK' + '-' + letters.toUpperCase().repeat(2).slice(0, 27), ''],
  ['nvidia-key', 'nvapi' + '-' + letters.repeat(3).slice(0, 64), ''],
  ['tavily-key', 'tvly' + '-dev-' + letters.repeat(2).slice(0, 32), ''],
  ['cerebras-key', 'csk' + '-' + letters.toLowerCase().repeat(2).slice(0, 48), ''],
  ['jina-key', 'jina' + '_' + letters.repeat(3).slice(0, 60), ''],
  ['azure-key', letters.repeat(4).slice(0, 86) + '==', 'DefaultEndpointsProtocol=https;AccountName=x;AccountKey='],
  ['npm-token', letters + '-x', '//packages.example.com/:_authToken='],
  ['gitlab-token', 'glpat' + '-' + letters.slice(0, 20), ''],
  ['npm-token', 'npm' + '_' + letters.repeat(2).slice(0, 36), ''],
  ['aws-secret-key', letters.repeat(2).slice(0, 40), 'aws_secret_access_key = '],
  ['google-token', 'ya29' + '.' + letters, ''],
  ['jwt', ['eyJ' + letters, 'eyJ' + letters, letters].join('.'), ''],
  ['bearer-token', letters, 'Authorization: Bearer '],
  ['basic-credentials', Buffer.from('user:hunter2').toString('base64'), 'authorization: Basic '],
  ['basic-credentials', Buffer.from('user:pass').toString('base64'), 'authorization: basic '],
  ['url-signature', 'aB3%2Bd' + 'E4%3D', 'https://files.example/a?se=2026&sig='],
  ['url-credential', letters, 'https://files.example/a?x=1&access_token='],
  ['ice-password', letters.slice(0, 24), 'a=ice-pwd:'],
  ['ice-user', letters.slice(0, 4), 'a=ice-ufrag:']
]

/** What must stay as it is, each with a word about why it could be taken for a secret. */
export const HARMLESS: readonly string[] = [
  'We need basic mathematics requirements; basic understanding of Basic English; the bearer responsibilities; Bearer of bad news.',
  'The bearer internationalization_responsibilities of a basic misunderstandings',
  'chatcmpl-' +
    letters +
    ' resp_' +
    letters +
    '0'.repeat(24) +
    ' call_' +
    letters.slice(0, 24) +
    ' toolu_01' +
    letters.slice(0, 22),
  'msg_01' +
    letters.slice(0, 22) +
    ' req_' +
    '0a1b2c3d'.repeat(4) +
    ' file-' +
    letters.slice(0, 24) +
    ' batch_' +
    letters +
    ' asst_' +
    letters.slice(0, 24),
  'run_' +
    letters +
    ' thread_' +
    letters +
    ' vs_' +
    letters +
    ' ft:gpt-4o:acme::' +
    letters.slice(0, 8) +
    ' rs_' +
    '68'.repeat(25),
  'import sk from "sk-learn"; task-proj-management-overview risk-administration-2026; <div class="sk-fading-circle sk-circle-fade-dot-12">',
  'org-mode, org-internationalization, proj_internationalization, the organization org-chart',
  'http://localhost:8080/v1, https://example.com:443/a@b, git@github.com:owner/repo.git, mailto:someone@example.com',
  'data:image/png;base64,' +
    Buffer.from(Array.from({ length: 3000 }, (_, at) => (at * 7919 + (at >> 3) * 31) & 255)).toString('base64'),
  '0123456789abcdef'.repeat(8) +
    ' 6ba7b810-9dad-11d1-80b4-00c04fd430c8 ' +
    'sha256-' +
    Buffer.from('0123456789'.repeat(4)).toString('base64'),
  'max_tokens max_completion_tokens token tokens prompt_tokens secret password api_key',
  'A private key begins with -----BEGIN PRIVATE KEY' + '----- and ends with -----END PRIVATE KEY' + '-----, as you know.',
  'The signature=short; sig=1 and ?sig= are nothing. X-Amz-Date=20261124T000000Z'
]
