/**
 * Manifests with placeholders. The text is parsed as YAML first and values are put in as scalars afterwards, so that no value can
 * add a key, a comment or a document. A placeholder is a whole value (in quotes inside [ ] and { }); a missing, unknown or unused
 * value is an error.
 */
import { readFileSync } from 'node:fs'
import { isMap, isScalar, parseDocument, visit } from 'yaml'
import { OvngwError } from '../kernel/errors.ts'
import type { KubeObject } from '../kube/port.ts'

/** The text of `templates/NAME.KIND` as shipped. */
export const readTemplate = (name: string, kind: 'yaml' | 'css' | 'js' = 'yaml'): string =>
  readFileSync(new URL(`../../templates/${name}.${kind}`, import.meta.url), 'utf8')

const WHOLE = /^\$\{([A-Za-z][A-Za-z0-9]*)(\?)?\}$/

/**
 * Fills in a template. `${name}` takes the text of `values.name`, `${name?}` drops its key when that is undefined.
 * @throws OvngwError BUG: the template and the code that fills it in do not fit; no input of a user can cause it.
 */
export function fill(text: string, values: Readonly<Record<string, string | undefined>>): KubeObject {
  const doc = parseDocument(text)
  const wrong = (why: string): OvngwError => new OvngwError('BUG', { what: 'a template does not fit', why })
  if (doc.errors[0] !== undefined) throw wrong(doc.errors[0].message)
  const unused = new Set(Object.keys(values))
  visit(doc, {
    Pair: (_key, pair) => {
      if (isScalar(pair.key) && String(pair.key.value).includes('${')) throw wrong(`a key cannot be a placeholder: ${pair.key.value}`)
      const optional = isScalar(pair.value) && typeof pair.value.value === 'string' ? WHOLE.exec(pair.value.value) : null
      const name = optional?.[2] === '?' ? (optional[1] ?? '') : undefined
      if (name === undefined || !unused.has(name) || values[name] !== undefined) return undefined
      unused.delete(name)
      return visit.REMOVE
    },
    Scalar: (key, node) => {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return
      const name = WHOLE.exec(node.value)?.[1]
      if (name === undefined) throw wrong(`a placeholder is a whole value, not a part of one: ${node.value}`)
      const value = values[name]
      if (value === undefined) throw wrong(`no value for \${${name}}`)
      unused.delete(name)
      node.value = value
    },
  })
  if (unused.size > 0) throw wrong(`no placeholder for ${[...unused].join(', ')}`)
  return doc.toJS() as KubeObject
}

/** Keys of one map of a template, in its order: the keys it is about, filled in or not. */
export function templateKeys(text: string, member: string): readonly string[] {
  const map = parseDocument(text).get(member)
  return isMap(map) ? map.items.map((pair) => String(isScalar(pair.key) ? pair.key.value : pair.key)) : []
}
