/** Takes secrets out of an address or an urlencoded form: parameters that are secret by name, and whatever looks like one. */
import type { FieldRules } from './json-fields.ts'

/** Parameters that hold keys here, though fields of that name do not; the other names are those of fields. */
const SECRET_PARAMETERS = /^(?:key|token|auth|code|sig|signature|x-(?:amz|goog)-(?:signature|credential|security-token))$/i

export interface UrlRedaction {
  readonly fields: FieldRules
  /** A placeholder for a value that is secret by its name. */
  readonly named: (value: string, kind: string) => string
  readonly text: (text: string) => string
}

export function redactUrl(url: string, redaction: UrlRedaction): string {
  const { text } = redaction
  const cut = url.search(/[?#]/)
  if (cut === -1) return text(url)
  return text(text(url.slice(0, cut)) + url[cut]! + redactForm(url.slice(cut + 1), redaction))
}

/** `name=value&name=value`, as a query or a body. */
export function redactForm(form: string, { fields, named, text }: UrlRedaction): string {
  const parameters = form.split(/([&#])/)
  const shown = parameters.map((parameter) => {
    const equals = parameter.indexOf('=')
    if (equals === -1) return text(parameter)
    const [name, value] = [parameter.slice(0, equals), parameter.slice(equals + 1)]
    const kind = secretParameter(decode(name), decode(value), fields)
    return `${text(name)}=${kind === undefined ? text(value) : named(decode(value), kind)}`
  })
  // What stands before the `=` may make a secret of what stands behind it.
  return text(shown.join(''))
}

function secretParameter(name: string, value: string, fields: FieldRules): string | undefined {
  if (value === '') return undefined
  return fields.ownKindOf([name]) ?? (SECRET_PARAMETERS.test(name) ? 'credential' : fields.kindOf([name], value))
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
