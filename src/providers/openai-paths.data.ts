/** Every path of OpenAI's API with its methods. Source: OpenAI's OpenAPI description, 2.3.0, 2026-08-21. */

/** One path a line, without `/v1`, ids as `{id}`, then its methods. */
export const OPENAI_PATHS = `
/assistants GET POST
/assistants/{id} DELETE GET POST
/audio/speech POST
/audio/transcriptions POST
/audio/translations POST
/audio/voice_consents GET POST
/audio/voice_consents/{id} DELETE GET POST
/audio/voices POST
/batches GET POST
/batches/{id} GET
/batches/{id}/cancel POST
/chat/completions GET POST
/chat/completions/{id} DELETE GET POST
/chat/completions/{id}/messages GET
/chatkit/sessions POST
/chatkit/sessions/{id}/cancel POST
/chatkit/threads GET
/chatkit/threads/{id} DELETE GET
/chatkit/threads/{id}/items GET
/completions POST
/containers GET POST
/containers/{id} DELETE GET
/containers/{id}/files GET POST
/containers/{id}/files/{id} DELETE GET
/containers/{id}/files/{id}/content GET
/content_provenance_checks POST
/conversations POST
/conversations/{id} DELETE GET POST
/conversations/{id}/items GET POST
/conversations/{id}/items/{id} DELETE GET
/embeddings POST
/evals GET POST
/evals/{id} DELETE GET POST
/evals/{id}/runs GET POST
/evals/{id}/runs/{id} DELETE GET POST
/evals/{id}/runs/{id}/output_items GET
/evals/{id}/runs/{id}/output_items/{id} GET
/files GET POST
/files/{id} DELETE GET
/files/{id}/content GET
/fine_tuning/alpha/graders/run POST
/fine_tuning/alpha/graders/validate POST
/fine_tuning/checkpoints/{id}/permissions GET POST
/fine_tuning/checkpoints/{id}/permissions/{id} DELETE
/fine_tuning/jobs GET POST
/fine_tuning/jobs/{id} GET
/fine_tuning/jobs/{id}/cancel POST
/fine_tuning/jobs/{id}/checkpoints GET
/fine_tuning/jobs/{id}/events GET
/fine_tuning/jobs/{id}/pause POST
/fine_tuning/jobs/{id}/resume POST
/images/edits POST
/images/generations POST
/images/variations POST
/models GET
/models/{id} DELETE GET
/moderations POST
/organization/admin_api_keys GET POST
/organization/admin_api_keys/{id} DELETE GET
/organization/audit_logs GET
/organization/certificates GET POST
/organization/certificates/activate POST
/organization/certificates/deactivate POST
/organization/certificates/{id} DELETE GET POST
/organization/costs GET
/organization/data_retention GET POST
/organization/groups GET POST
/organization/groups/{id} DELETE GET POST
/organization/groups/{id}/roles GET POST
/organization/groups/{id}/roles/{id} DELETE GET
/organization/groups/{id}/users GET POST
/organization/groups/{id}/users/{id} DELETE GET
/organization/invites GET POST
/organization/invites/{id} DELETE GET
/organization/projects GET POST
/organization/projects/{id} GET POST
/organization/projects/{id}/api_keys GET
/organization/projects/{id}/api_keys/{id} DELETE GET
/organization/projects/{id}/archive POST
/organization/projects/{id}/certificates GET
/organization/projects/{id}/certificates/activate POST
/organization/projects/{id}/certificates/deactivate POST
/organization/projects/{id}/data_retention GET POST
/organization/projects/{id}/groups GET POST
/organization/projects/{id}/groups/{id} DELETE GET
/organization/projects/{id}/hosted_tool_permissions GET POST
/organization/projects/{id}/model_permissions DELETE GET POST
/organization/projects/{id}/rate_limits GET
/organization/projects/{id}/rate_limits/{id} POST
/organization/projects/{id}/service_accounts GET POST
/organization/projects/{id}/service_accounts/{id} DELETE GET POST
/organization/projects/{id}/service_accounts/{id}/api_keys POST
/organization/projects/{id}/spend_alerts GET POST
/organization/projects/{id}/spend_alerts/{id} DELETE GET POST
/organization/projects/{id}/spend_limit DELETE GET POST
/organization/projects/{id}/users GET POST
/organization/projects/{id}/users/{id} DELETE GET POST
/organization/roles GET POST
/organization/roles/{id} DELETE GET POST
/organization/spend_alerts GET POST
/organization/spend_alerts/{id} DELETE GET POST
/organization/spend_limit DELETE GET POST
/organization/usage/audio_speeches GET
/organization/usage/audio_transcriptions GET
/organization/usage/code_interpreter_sessions GET
/organization/usage/completions GET
/organization/usage/embeddings GET
/organization/usage/file_search_calls GET
/organization/usage/images GET
/organization/usage/moderations GET
/organization/usage/vector_stores GET
/organization/usage/web_search_calls GET
/organization/users GET
/organization/users/{id} DELETE GET POST
/organization/users/{id}/roles GET POST
/organization/users/{id}/roles/{id} DELETE GET
/projects/{id}/groups/{id}/roles GET POST
/projects/{id}/groups/{id}/roles/{id} DELETE GET
/projects/{id}/roles GET POST
/projects/{id}/roles/{id} DELETE GET POST
/projects/{id}/users/{id}/roles GET POST
/projects/{id}/users/{id}/roles/{id} DELETE GET
/realtime/calls POST
/realtime/calls/{id}/accept POST
/realtime/calls/{id}/hangup POST
/realtime/calls/{id}/refer POST
/realtime/calls/{id}/reject POST
/realtime/client_secrets POST
/realtime/sessions POST
/realtime/transcription_sessions POST
/realtime/translations/client_secrets POST
/responses POST
/responses/compact POST
/responses/input_tokens POST
/responses/{id} DELETE GET
/responses/{id}/cancel POST
/responses/{id}/input_items GET
/skills GET POST
/skills/{id} DELETE GET POST
/skills/{id}/content GET
/skills/{id}/versions GET POST
/skills/{id}/versions/{id} DELETE GET
/skills/{id}/versions/{id}/content GET
/threads POST
/threads/runs POST
/threads/{id} DELETE GET POST
/threads/{id}/messages GET POST
/threads/{id}/messages/{id} DELETE GET POST
/threads/{id}/runs GET POST
/threads/{id}/runs/{id} GET POST
/threads/{id}/runs/{id}/cancel POST
/threads/{id}/runs/{id}/steps GET
/threads/{id}/runs/{id}/steps/{id} GET
/threads/{id}/runs/{id}/submit_tool_outputs POST
/uploads POST
/uploads/{id}/cancel POST
/uploads/{id}/complete POST
/uploads/{id}/parts POST
/vector_stores GET POST
/vector_stores/{id} DELETE GET POST
/vector_stores/{id}/file_batches POST
/vector_stores/{id}/file_batches/{id} GET
/vector_stores/{id}/file_batches/{id}/cancel POST
/vector_stores/{id}/file_batches/{id}/files GET
/vector_stores/{id}/files GET POST
/vector_stores/{id}/files/{id} DELETE GET POST
/vector_stores/{id}/files/{id}/content GET
/vector_stores/{id}/search POST
/videos GET POST
/videos/characters POST
/videos/characters/{id} GET
/videos/edits POST
/videos/extensions POST
/videos/{id} DELETE GET
/videos/{id}/content GET
/videos/{id}/remix POST
`
