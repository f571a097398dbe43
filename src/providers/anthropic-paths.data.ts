/** The paths of Anthropic's API with their methods, but for its betas of hosted agents. Source: https://docs.anthropic.com/en/api, 2026-11. */

/** One path a line, without `/v1`, ids as `{id}`, then its methods. */
export const ANTHROPIC_PATHS = `
/chat/completions POST
/complete POST
/files GET POST
/files/{id} DELETE GET
/files/{id}/content GET
/messages POST
/messages/batches GET POST
/messages/batches/{id} DELETE GET
/messages/batches/{id}/cancel POST
/messages/batches/{id}/results GET
/messages/count_tokens POST
/models GET
/models/{id} GET
/organizations/api_keys GET
/organizations/api_keys/{id} GET POST
/organizations/cost_report GET
/organizations/invites GET POST
/organizations/invites/{id} DELETE GET
/organizations/me GET
/organizations/rate_limits GET
/organizations/usage_report/claude_code GET
/organizations/usage_report/messages GET
/organizations/users GET
/organizations/users/{id} DELETE GET POST
/organizations/workspaces GET POST
/organizations/workspaces/{id} GET POST
/organizations/workspaces/{id}/archive POST
/organizations/workspaces/{id}/members GET POST
/organizations/workspaces/{id}/members/{id} DELETE GET POST
/organizations/workspaces/{id}/rate_limits GET
/skills GET POST
/skills/{id} DELETE GET
/skills/{id}/versions GET POST
/skills/{id}/versions/{id} DELETE GET
/skills/{id}/versions/{id}/content GET
`
