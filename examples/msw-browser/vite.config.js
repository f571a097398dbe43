// Nothing of openai-proxy's: the package is linked here (file:../..), and this lets its link count as the package.
import { defineConfig } from 'vite'

export default defineConfig({ resolve: { preserveSymlinks: true } })
