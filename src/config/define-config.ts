/** `defineConfig()`: types for a configuration file that is a program. */
import type { ProxySettings } from './options.ts'

/** What a configuration file may hold: every setting, in camel case. */
export interface ConfigFileSettings extends ProxySettings {
  /**
   * Processes that answer on the port, for more than one core; modes `live` and `record`. Of the command alone: `startProxy()` has one.
   * @default 1
   */
  readonly workers?: number | undefined
}

/** Says that an object is a configuration, and has its types checked: `export default defineConfig({ … })`. */
export function defineConfig(settings: ConfigFileSettings): ConfigFileSettings {
  return settings
}
