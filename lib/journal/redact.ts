/** Secrets never reach the disk: applied to every record at the journal's door. */
import type { Json } from '../kernel/json.ts'

export const REDACTED = '[redacted]'

const SECRET_KEY = /(token|password|passwd|passphrase|secret|privatekey|keydata|authorization|cookie|apikey|accesskey|secretkey|credentials?)$/
/** Names that end like a secret but say where it is or count it. */
const HARMLESS_KEY = /^(leasetoken|nexttoken|continuetoken)$/

const SECRET_TEXT: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g, REDACTED],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/-]{8,}=*/g, `$1 ${REDACTED}`],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, REDACTED],
  [/(\w:\/\/[^\s/:@]*:)[^\s/@]+@/g, `$1${REDACTED}@`],
  // Quotes may be escaped: JSON inside a text.
  [/((?:^|[\s;,&?"'{])-{0,2}[\w.-]*(?:password|passwd|token|secret|api[-_]?key|key[-_]?data)\\*["']?\s*[=:]\s*\\*["']?)[^\s"',;&]+/gi, `$1${REDACTED}`],
]

const isSecretKey = (key: string): boolean => {
  const plain = key.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  return SECRET_KEY.test(plain) && !HARMLESS_KEY.test(plain)
}

const clean = (text: string): string => SECRET_TEXT.reduce((t, [pattern, by]) => t.replaceAll(pattern, by), text)

/** The value without what looks like a secret, and where something was taken out (`args.token`, `before[0]`). */
export function redact(value: Json, path = ''): { readonly value: Json; readonly found: readonly string[] } {
  const found: string[] = []
  const walk = (v: Json, at: string, secret: boolean): Json => {
    if (typeof v === 'string' || typeof v === 'number') {
      const safe = secret && v !== '' ? REDACTED : typeof v === 'string' ? clean(v) : v
      if (safe !== v) found.push(at)
      return safe
    }
    if (Array.isArray(v)) return v.map((x: Json, i) => walk(x, `${at}[${i}]`, secret))
    if (v === null || typeof v !== 'object') return v
    const members = Object.entries(v as { readonly [key: string]: Json | undefined })
    return Object.fromEntries(
      members.map(([key, x]) => [key, x === undefined ? undefined : walk(x, at === '' ? key : `${at}.${key}`, typeof x !== 'object' && isSecretKey(key))]),
    )
  }
  return { value: walk(value, path, false), found }
}
