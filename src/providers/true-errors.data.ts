/** Errors as the APIs send them, headers and bodies, taken from recorded and published answers. `{…}` stands for what differs each time. */

/** One error of one API. */
export interface TrueError {
  readonly status: number
  /** Where one status has several: what the caller asks for. `undefined`: the usual one. */
  readonly code?: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** Of every answer of OpenAI: fixtures/real-exchanges, vector_store_file_batches_list.yml#0, and test_chat.yaml#1 for the newer ones. */
const OPENAI_HEADERS = [
  ['date', '{date}'],
  ['content-type', 'application/json'],
  ['x-request-id', '{id}'],
  ['openai-processing-ms', '{took}'],
  ['strict-transport-security', 'max-age=31536000; includeSubDomains; preload'],
  ['cf-cache-status', 'DYNAMIC'],
  ['x-content-type-options', 'nosniff'],
  ['server', 'cloudflare'],
  ['cf-ray', '{ray}'],
  ['alt-svc', 'h3=":443"; ma=86400']
] as const

/** Names and forms of the limits: test_chat.yaml#0; their values are those of a minute that is used up. */
const OPENAI_LIMITS = [
  ['retry-after', '{seconds}'],
  ['retry-after-ms', '{ms}'],
  ['x-ratelimit-limit-requests', '5000'],
  ['x-ratelimit-limit-tokens', '160000'],
  ['x-ratelimit-remaining-requests', '4999'],
  ['x-ratelimit-remaining-tokens', '0'],
  ['x-ratelimit-reset-requests', '12ms'],
  ['x-ratelimit-reset-tokens', '{wait}']
] as const

/** OpenAI's. The texts of 429 as published in many reports, such as github.com/continuedev/continue/issues/11472. */
export const OPENAI_ERRORS: readonly TrueError[] = [
  {
    status: 429,
    headers: [...OPENAI_HEADERS, ...OPENAI_LIMITS],
    body: `{
    "error": {
        "message": "Rate limit reached for {model} in organization org-{organization} on tokens per min (TPM): Limit 160000, Used 160000, Requested 24. Please try again in {wait}. Visit https://platform.openai.com/account/rate-limits to learn more.",
        "type": "tokens",
        "param": null,
        "code": "rate_limit_exceeded"
    }
}
`
  },
  {
    status: 429,
    code: 'insufficient_quota',
    headers: OPENAI_HEADERS,
    body: `{
    "error": {
        "message": "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
        "type": "insufficient_quota",
        "param": null,
        "code": "insufficient_quota"
    }
}
`
  },
  {
    // fixtures/real-exchanges, vector_store_file_batches_list.yml#0, byte for byte.
    status: 500,
    headers: OPENAI_HEADERS,
    body: `{
  "error": {
    "message": "The server had an error processing your request. Sorry about that! You can retry your request, or contact us through our help center at help.openai.com if you keep seeing this error. (Please include the request ID {id} in your email.)",
    "type": "server_error",
    "param": null,
    "code": null
  }
}`
  },
  {
    // https://platform.openai.com/docs/guides/error-codes
    status: 503,
    headers: OPENAI_HEADERS,
    body: `{
  "error": {
    "message": "The engine is currently overloaded, please try again later",
    "type": "server_error",
    "param": null,
    "code": null
  }
}`
  }
]

/** Of Anthropic's errors: github.com/anthropics/anthropic-sdk-typescript/issues/616. */
const ANTHROPIC_HEADERS = [
  ['date', '{date}'],
  ['content-type', 'application/json'],
  ['cache-control', 'no-store, no-cache'],
  ['request-id', '{id}'],
  ['x-should-retry', 'true'],
  ['via', '1.1 google'],
  ['cf-cache-status', 'DYNAMIC'],
  ['x-robots-tag', 'none'],
  ['server', 'cloudflare'],
  ['cf-ray', '{ray}']
] as const

/** Names and forms: test_anthropic_thinking_streaming_legacy.yaml#0; values of a 429: github.com/whoz-oss/coday/issues/110. */
const ANTHROPIC_LIMITS = [
  ['retry-after', '{seconds}'],
  ['anthropic-ratelimit-requests-limit', '4000'],
  ['anthropic-ratelimit-requests-remaining', '3999'],
  ['anthropic-ratelimit-requests-reset', '{now}'],
  ['anthropic-ratelimit-input-tokens-limit', '200000'],
  ['anthropic-ratelimit-input-tokens-remaining', '0'],
  ['anthropic-ratelimit-input-tokens-reset', '{reset}'],
  ['anthropic-ratelimit-output-tokens-limit', '80000'],
  ['anthropic-ratelimit-output-tokens-remaining', '80000'],
  ['anthropic-ratelimit-output-tokens-reset', '{now}'],
  ['anthropic-ratelimit-tokens-limit', '280000'],
  ['anthropic-ratelimit-tokens-remaining', '80000'],
  ['anthropic-ratelimit-tokens-reset', '{now}']
] as const

function anthropicBody(type: string, message: string): string {
  return JSON.stringify({ type: 'error', error: { type, message }, request_id: '{id}' })
}

/** Anthropic's. https://docs.anthropic.com/en/api/errors */
export const ANTHROPIC_ERRORS: readonly TrueError[] = [
  {
    status: 429,
    headers: [...ANTHROPIC_HEADERS, ...ANTHROPIC_LIMITS],
    body: anthropicBody('rate_limit_error', "This request would exceed your account's rate limit. Please try again later.")
  },
  { status: 500, headers: ANTHROPIC_HEADERS, body: anthropicBody('api_error', 'Internal server error') },
  { status: 503, headers: ANTHROPIC_HEADERS, body: anthropicBody('api_error', 'Service unavailable') },
  { status: 529, headers: ANTHROPIC_HEADERS, body: anthropicBody('overloaded_error', 'Overloaded') }
]

const GENERIC_HEADERS = [
  ['date', '{date}'],
  ['content-type', 'application/json']
] as const

function genericBody(message: string): string {
  return JSON.stringify({ error: { message, type: 'server_error', param: null, code: null } })
}

/** Of a server that is no provider's nothing is known: the least that HTTP asks for, in OpenAI's form. */
export const GENERIC_ERRORS: readonly TrueError[] = [
  { status: 429, headers: [...GENERIC_HEADERS, ['retry-after', '{seconds}']], body: genericBody('Too many requests') },
  { status: 500, headers: GENERIC_HEADERS, body: genericBody('Internal server error') }
]

/** What an API says in mid-stream, by the type of the error. */
export interface StreamError {
  readonly type: string
  readonly code: string | null
  readonly message: string
}

/** The first is the usual one. */
export const OPENAI_STREAM_ERRORS: readonly StreamError[] = [
  {
    type: 'server_error',
    code: null,
    message: 'The server had an error while processing your request. Sorry about that!'
  },
  {
    type: 'rate_limit_exceeded',
    code: 'rate_limit_exceeded',
    message: 'Rate limit reached on tokens per min (TPM). Please try again later.'
  }
]

/** The first is the usual one. https://docs.anthropic.com/en/docs/build-with-claude/streaming#error-events */
export const ANTHROPIC_STREAM_ERRORS: readonly StreamError[] = [
  { type: 'overloaded_error', code: null, message: 'Overloaded' },
  { type: 'api_error', code: null, message: 'Internal server error' },
  {
    type: 'rate_limit_error',
    code: null,
    message: "This request would exceed your account's rate limit. Please try again later."
  }
]
