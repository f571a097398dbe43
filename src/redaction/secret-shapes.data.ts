/** The table of shapes: how keys, tokens and signatures look. A new one is one line. */

/** One shape. */
export interface Shape {
  /** In kebab case. */
  readonly kind: string
  /** One of these, of three characters at least, stands in every text that can match: a cheap look before the pattern is tried. Compared as they are. */
  readonly hints: readonly string[]
  /** Matches the secret alone, in time linear in the text: every repetition has a bound. Global. */
  readonly pattern: RegExp
  /** Whether a match is one, where a pattern cannot say. */
  readonly accepts?: (match: string) => boolean
}

const TWILIO_HINTS = [...'0123456789abcdef'].map((digit) => `SK${digit}`)

/** Words with a number at their end (`sk-fading-circle-12`) are names. */
const NO_WORDS = '(?!(?:[a-z]{1,20}[-_]){0,20}[a-z]{0,20}[0-9]{0,3}(?![A-Za-z0-9_*-]))'

/**
 * Sources: the providers' own documentation and the patterns they publish with GitHub
 * (https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns), 2026-11.
 */
export const SHAPES: readonly Shape[] = [
  // The APIs this proxy serves, and those that speak like them. A `*` is what a 401 leaves of a key that it echoes.
  key('anthropic-key', ['sk-ant-'], 'sk-ant-[A-Za-z0-9_*-]{8,4096}'),
  key('openrouter-key', ['sk-or-'], 'sk-or-[A-Za-z0-9_*-]{16,4096}'),
  key(
    'openai-key',
    ['sk-proj', 'sk-svcacct', 'sk-admin', 'sk-service'],
    'sk-(?:proj|svcacct|admin|service)[_*-][A-Za-z0-9_*-]{7,4096}'
  ),
  loose('openai-key', ['sk-'], `sk-${NO_WORDS}(?=[A-Za-z0-9_*-]{0,4096}[0-9*])[A-Za-z0-9_*-]{16,4096}`),
  key('openai-key', ['sk-'], 'sk-[A-Za-z0-9_]{32,4096}'),
  // What is left of a key by who masks it: `sk-ab***yz`, `sk-...wxyz`.
  loose('openai-key', ['sk-'], String.raw`sk-[A-Za-z0-9_-]{0,40}(?:\*{2,200}|\.{3,200})[A-Za-z0-9_-]{1,40}`),
  {
    kind: 'openai-key',
    hints: ['ey provided: '],
    pattern: /(?<=[Kk]ey provided: )(?!<)[^\s"'<>\\]{4,4096}?(?=\.?(?:[\s"'<>\\]|$))/g
  },
  key('openai-session', ['sess-', 'ek_'], '(?:sess-|ek_)[A-Za-z0-9_-]{20,4096}'),
  loose('organization', ['org-'], 'org-(?=[A-Za-z]{0,64}[0-9A-Z])[A-Za-z0-9]{16,64}'),
  loose('project', ['proj_'], 'proj_(?=[A-Za-z]{0,64}[0-9A-Z])[A-Za-z0-9]{16,64}'),
  key('groq-key', ['gsk_'], 'gsk_[A-Za-z0-9]{20,256}'),
  key('xai-key', ['xai-'], 'xai-[A-Za-z0-9]{20,256}'),
  key('huggingface-token', ['hf_'], 'hf_[A-Za-z0-9]{30,256}'),
  key('replicate-token', ['r8_'], 'r8_[A-Za-z0-9]{30,256}'),
  key('perplexity-key', ['pplx-'], 'pplx-[A-Za-z0-9]{32,256}'),
  // What prompts and tools carry along.
  key('github-token', ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'], 'gh[pousr]_[A-Za-z0-9]{30,256}'),
  key('github-token', ['github_pat_'], 'github_pat_[A-Za-z0-9_]{30,256}'),
  key('gitlab-token', ['glpat-'], 'glpat-[A-Za-z0-9_-]{20,256}'),
  key('npm-token', ['npm_'], 'npm_[A-Za-z0-9]{30,256}'),
  key('slack-token', ['xox', 'xapp-'], '(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,512}'),
  key('langsmith-key', ['lsv2_'], 'lsv2_(?:pt|sk)_[A-Za-z0-9_]{24,256}'),
  key(
    'stripe-key',
    ['sk_live_', 'rk_live_', 'sk_test_', 'rk_test_', 'whsec_'],
    '(?:[sr]k_(?:live|test)_|whsec_)[A-Za-z0-9+/=]{16,512}'
  ),
  {
    kind: 'npm-token',
    hints: ['_authToken='],
    pattern: /(?<=_authToken=["']{0,1})[A-Za-z0-9+/_-]{8,512}={0,2}/g
  },
  {
    kind: 'slack-webhook',
    hints: ['hooks.slack.com/'],
    pattern: /(?<=hooks\.slack\.com\/(?:services|workflows|triggers)\/)[A-Za-z0-9]{1,40}\/[A-Za-z0-9/]{8,120}/g
  },
  {
    kind: 'discord-webhook',
    hints: ['/api/webhooks/'],
    pattern: /(?<=discord(?:app)?\.com\/api\/webhooks\/\d{1,24}\/)[A-Za-z0-9_-]{40,100}/g
  },
  loose('telegram-token', [':AA'], '[0-9]{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])'),
  loose('twilio-key', TWILIO_HINTS, 'SK[0-9a-f]{32}(?![0-9A-Za-z])'),
  key('linear-key', ['lin_api_'], 'lin_api_[A-Za-z0-9_]{32,128}'),
  key('notion-token', ['ntn_'], 'ntn_[0-9]{11}[A-Za-z0-9]{35}'),
  key('figma-token', ['figd_'], 'figd_[A-Za-z0-9_-]{40,200}'),
  key('shopify-token', ['shppa_', 'shpca_', 'shpat_', 'shpss_'], 'shp(?:pa|ca|at|ss)_[A-Za-z0-9]{32,64}'),
  key('vercel-token', ['vcp_', 'vci_', 'vca_', 'vcr_', 'vck_'], 'vc[piark]_(?=[A-Za-z]{0,60}[0-9])[A-Za-z0-9]{20,60}'),
  key('grafana-token', ['glc_'], 'glc_[A-Za-z0-9+/]{32,400}={0,2}'),
  key('grafana-token', ['glsa_'], 'glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}'),
  key('vault-token', ['hvs.', 'hvb.', 'hvr.'], String.raw`hv[sbr]\.[A-Za-z0-9_-]{80,300}`),
  key('onepassword-token', ['ops_ey'], 'ops_ey[A-Za-z0-9+/=]{100,1280}'),
  loose('databricks-token', ['dapi'], 'dapi[A-Fa-f0-9]{32}(?:-[0-9])?(?![A-Fa-f0-9])'),
  key('docker-token', ['dckr_'], 'dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,64}'),
  key('digitalocean-token', ['dop_v1_', 'doo_v1_', 'dor_v1_'], 'do[por]_v1_[a-f0-9]{64}'),
  key('pypi-token', ['pypi-AgE'], 'pypi-AgE[A-Za-z0-9_-]{50,512}'),
  key('rubygems-key', ['rubygems_'], 'rubygems_[a-f0-9]{48}'),
  key('postman-key', ['PMAK-'], 'PMAK-[a-f0-9]{24}-[a-f0-9]{34}'),
  key('newrelic-key', ['NRAK-'], 'NRAK-[A-Z0-9]{27}'),
  key('nvidia-key', ['nvapi-'], 'nvapi-[A-Za-z0-9_-]{40,128}'),
  key('tavily-key', ['tvly-'], 'tvly-(?:dev-|prod-)?(?=[A-Za-z]{0,64}[0-9])[A-Za-z0-9]{20,64}'),
  key('cerebras-key', ['csk-'], 'csk-[a-z0-9]{40,64}'),
  key('jina-key', ['jina_'], 'jina_[A-Za-z0-9_-]{50,80}'),
  {
    kind: 'azure-key',
    hints: ['AccountKey=', 'SharedAccessKey='],
    pattern: /(?<=(?:AccountKey|SharedAccessKey)=)[A-Za-z0-9+/]{40,128}={0,2}/g
  },
  key('sendgrid-key', ['SG.'], String.raw`SG\.[A-Za-z0-9_-]{16,128}\.[A-Za-z0-9_-]{16,128}`),
  key('aws-key-id', ['AKIA', 'ASIA', 'ABIA', 'ACCA'], 'A(?:[KS]IA|BIA|CCA)[A-Z0-9]{16}(?![A-Za-z0-9+=_-])'),
  {
    kind: 'aws-secret-key',
    hints: ['ecret_access_key', 'ecretAccessKey', 'ECRET_ACCESS_KEY'],
    pattern: /(?<=secret_?access_?key["'\\]{0,2}[ \t]{0,4}[=:][ \t]{0,4}["'\\]{0,2})[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])/gi
  },
  key('google-key', ['AIza'], 'AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9+=_-])'),
  key('google-token', ['ya29.'], String.raw`ya29\.[A-Za-z0-9_-]{20,4096}`),
  loose('jwt', ['eyJ'], String.raw`eyJ[A-Za-z0-9_-]{8,16384}\.eyJ[A-Za-z0-9_-]{8,16384}\.[A-Za-z0-9_-]{8,16384}`),
  loose('jwt', ['eyJ'], String.raw`eyJ[A-Za-z0-9_-]{8,16384}(?:\.[A-Za-z0-9_-]{0,16384}){3}\.[A-Za-z0-9_-]{8,16384}`),
  {
    kind: 'bearer-token',
    hints: ['earer ', 'EARER '],
    pattern: /(?<=\b(?:[Bb]earer|BEARER) )(?=[A-Za-z_.~+/-]{0,200}[0-9])[A-Za-z0-9_.~+/-]{15,16384}[A-Za-z0-9_~+/-]={0,2}/g
  },
  {
    kind: 'basic-credentials',
    hints: ['asic ', 'ASIC '],
    pattern: /(?<=\b(?:[Bb]asic|BASIC) )[A-Za-z0-9+/_-]{6,4096}={0,2}(?![A-Za-z0-9+/=_-])/g,
    accepts: saysUserAndPassword
  },
  {
    kind: 'url-password',
    hints: ['://'],
    pattern: /(?<=:\/\/[!#-&(-.0-9;=?A-~]{0,100}:)[!#-&(-.0-9;=?A-~]{3,200}(?=@[A-Za-z0-9[])/g
  },
  // Signed addresses, and what WebRTC offers carry.
  {
    kind: 'url-signature',
    hints: ['sig=', 'ignature='],
    pattern: /(?<=[?&;](?:sig|[Ss]ignature|X-Amz-Signature|X-Goog-Signature)=)[A-Za-z0-9%+/_=-]{8,4096}/g
  },
  {
    kind: 'url-credential',
    hints: ['X-Amz-', 'X-Goog-', '_token=', '_key=', 'apikey=', '_secret=', 'password='],
    pattern:
      /(?<=[?&;](?:X-Amz-Credential|X-Amz-Security-Token|X-Goog-Credential|access_token|refresh_token|id_token|auth_token|api_key|apikey|client_secret|password)=)[A-Za-z0-9%+/_=.@~-]{8,4096}/g
  },
  { kind: 'ice-password', hints: ['ice-pwd:'], pattern: /(?<=ice-pwd:)[A-Za-z0-9+/]{8,256}/g },
  { kind: 'ice-user', hints: ['ufrag'], pattern: /(?<=ice-ufrag:|\bufrag )[A-Za-z0-9+/]{4,256}/g }
]

/** A shape whose first characters are its own: it may follow a `-` or `_`, but no letter. */
function key(kind: string, hints: readonly string[], pattern: string): Shape {
  return { kind, hints, pattern: new RegExp(`(?<![A-Za-z0-9])${pattern}`, 'g') }
}

/** A shape whose first characters end many words and names too. */
function loose(kind: string, hints: readonly string[], pattern: string): Shape {
  return { kind, hints, pattern: new RegExp(`(?<![A-Za-z0-9_-])${pattern}`, 'g') }
}

/** Whether base64 holds `user:password`; the words that may follow "basic" do not. */
function saysUserAndPassword(base64: string): boolean {
  return /^[\x20-\x7e]*:[\x20-\x7e]*$/.test(Buffer.from(base64, 'base64').toString('latin1'))
}
