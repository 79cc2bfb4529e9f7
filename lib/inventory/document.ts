/** YAML text as plain data that still knows where each member stood. YAML 1.2: `no` is text, a MAC is text, but `010` is the number 10. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLError } from 'yaml'
import type { Path, Placed, Problem } from './problem.ts'
import { showPath } from './problem.ts'

export interface Source {
  /** Plain data, empty members (`pools:`) left out. */
  readonly data: unknown
  /** What the YAML itself has wrong; `data` is of no use then. */
  readonly broken: readonly Placed[]
  /** The text a plain value was written as (`010`), undefined for maps and lists. */
  written(path: Path): string | undefined
  place(problem: Problem): Placed
}

const FIX: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'keep one of the two',
  TAB_AS_INDENT: 'indent with spaces',
  MULTIPLE_DOCS: 'one site a file: take the rest into a file of its own',
  BAD_INDENT: 'close every bracket, and begin members of one map in one column',
  MISSING_CHAR: 'close the quote or bracket',
  TAG_RESOLVE_FAILED: 'write plain values, no tags',
}

export function readYaml(text: string): Source {
  const lines = new LineCounter()
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const position = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const broken = [...doc.errors, ...doc.warnings].map((e: YAMLError): Placed => {
    const fix = FIX[e.code] ?? 'see the YAML of inventory/example.yaml'
    return { ...position(e.pos[0]), text: `YAML: ${lowerFirst(e.message)}; ${fix}` }
  })
  const data = broken.length > 0 ? undefined : plainData(doc, broken)
  return {
    data,
    broken,
    written: (path) => {
      const { node } = locate(doc, path)
      return isScalar(node) ? node.source : undefined
    },
    place: (problem) => {
      const found = locate(doc, problem.path)
      const offset = (problem.at === 'key' ? found.key : undefined) ?? found.value ?? 0
      return { ...position(offset), text: `${problem.what ?? showPath(problem.path)}: ${problem.why}; ${problem.fix}` }
    },
  }
}

const lowerFirst = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1)

function plainData(doc: Document, broken: Placed[]): unknown {
  try {
    return withoutEmpty(doc.toJS({ maxAliasCount: 50 }))
  } catch (thrown) {
    const why = thrown instanceof Error ? lowerFirst(thrown.message) : String(thrown)
    broken.push({ line: 1, column: 1, text: `YAML: ${why}; write the values out instead of using aliases` })
    return undefined
  }
}

/** `pools:` with everything under it commented out means no pools. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, v]) => v !== null)
      .map(([k, v]) => [k, withoutEmpty(v)]),
  )
}

interface Located {
  readonly node?: Node | undefined
  /** Offsets of the member's name and of its value; of the nearest member around it when it is not there. */
  readonly key?: number | undefined
  readonly value?: number | undefined
}

function locate(doc: Document, path: Path): Located {
  const resolve = (n: unknown): Node | undefined => (isAlias(n) ? n.resolve(doc) : (n as Node | undefined)) ?? undefined
  let here: Located = { node: resolve(doc.contents), key: doc.contents?.range?.[0], value: doc.contents?.range?.[0] }
  for (const part of path) {
    const next = child(here.node, part)
    if (next === undefined) return { key: here.key, value: here.key }
    const start = (next.raw as Node | undefined)?.range?.[0] ?? next.key
    here = { node: resolve(next.raw), key: next.key ?? start, value: start }
  }
  return here
}

function child(node: Node | undefined, part: string | number): { readonly raw: unknown; readonly key?: number | undefined } | undefined {
  if (isSeq(node)) {
    const raw = node.items[Number(part)]
    return raw === undefined ? undefined : { raw }
  }
  if (!isMap(node)) return undefined
  const pair = node.items.find((p) => isScalar(p.key) && String(p.key.value) === String(part))
  if (pair === undefined) return undefined
  const key = isScalar(pair.key) ? pair.key.range?.[0] : undefined
  return { raw: pair.value ?? undefined, key }
}
