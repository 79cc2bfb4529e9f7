/** What a journal can hold and every engine can carry: plain JSON, nothing else. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/** Deep equality of two JSON values; key order does not matter, `undefined` members count as absent. */
export const sameJson = (a: Json | undefined, b: Json | undefined): boolean => canonical(a) === canonical(b)

/** One text for one value: keys sorted, absent members left out. Used to compare and to hash. */
export function canonical(value: Json | undefined): string {
  if (value === undefined) return 'null'
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const members = Object.entries(value as Record<string, Json | undefined>)
    .filter(([, v]) => v !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`)
  return `{${members.join(',')}}`
}
