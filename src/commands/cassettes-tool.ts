/** Runs `openai-proxy cassettes list | show | diff | prune | refresh`: each is a file of its own, loaded when it is asked for. */
import { CassetteError } from '../cassettes/interaction.ts'
import type { ToolOrder } from '../config/cassettes-tool.ts'
import type { Config } from '../config/config.ts'
import { systemClock } from '../system-clock.ts'
import { CommandError, type CommandParts } from './command-error.ts'

/** @returns the exit code. Throws {@link CommandError} where a cassette is missing or cannot be read */
export async function runTool(order: ToolOrder, config: Config, parts: CommandParts): Promise<number> {
  const now = systemClock.now()
  try {
    switch (order.kind) {
      case 'cassettes list':
        return await (await import('./cassettes-list.ts')).listCassettes(order.names, { ...order.options, now }, config, parts)
      case 'cassettes show':
        return await (await import('./cassettes-show.ts')).showInteractions(order.names, { ...order.options, now }, config, parts)
      case 'cassettes diff':
        return await (await import('./cassettes-diff.ts')).diffRecordings(order.names, order.options, parts)
      case 'cassettes prune':
        return await (await import('./cassettes-prune.ts')).pruneCassettes(order.names, order.options, config, parts)
      case 'cassettes refresh':
        return await (
          await import('./cassettes-refresh.ts')
        ).refreshCassettes(order.names, { ...order.options, now }, config, parts)
    }
  } catch (error) {
    throw error instanceof CassetteError ? new CommandError(error.message) : error
  }
}
