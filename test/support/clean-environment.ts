/** Runs before each test file: takes the shell's own keys and settings away, so that a test says all that it depends on. */
import { VARIABLES } from '../../src/config/settings.ts'

for (const { variable } of VARIABLES) delete process.env[variable]
for (const name of ['CI', 'OPENAI_BASE_URL', 'ANTHROPIC_BASE_URL', 'HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'])
  delete process.env[name]
