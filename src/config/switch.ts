/** The words for yes and no, as variables write them. */
const TRUE = /^(?:true|1|yes|on)$/i
const FALSE = /^(?:false|0|no|off)$/i

/** `true` and `false` from the words for them; anything else stays as it is. */
export function readSwitch(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const word = value.trim()
  return TRUE.test(word) ? true : FALSE.test(word) ? false : value
}
