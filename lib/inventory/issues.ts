/** What zod found, in the words of the field: what, why, fix. */
import type { z } from 'zod'
import { siteJsonSchema } from './json-schema.ts'
import { nearest, type Path, type Problem, showPath } from './problem.ts'

type Issue = z.core.$ZodIssue

/** The part of a JSON Schema that messages use. */
interface Shape {
  readonly type?: string
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Shape>>
  readonly items?: Shape
  readonly additionalProperties?: Shape | boolean
  readonly anyOf?: readonly Shape[]
  readonly examples?: readonly unknown[]
}

/** @param written the text a value was written as (`010`), for values YAML read as something else than text. */
export function problemsOf(issues: readonly Issue[], data: unknown, written: (path: Path) => string | undefined): readonly Problem[] {
  const schema = siteJsonSchema() as Shape
  const found = issues.flatMap((i) => convert(i, [], data, schema, written))
  // `nam: x` says it all: that `name` is missing then is noise.
  const meant = new Set(found.flatMap((p) => (p.meant === undefined ? [] : [p.meant])))
  return found.filter((p) => !(p.missing && meant.has(showPath(p.path)))).map(({ missing: _m, meant: _n, ...p }) => p)
}

type Found = Problem & { readonly missing?: boolean; readonly meant?: string | undefined }

function convert(issue: Issue, base: Path, data: unknown, schema: Shape, written: (path: Path) => string | undefined): readonly Found[] {
  const path: Path = [...base, ...(issue.path as (string | number)[])]
  const value = valueAt(data, path)
  const shape = shapeAt(schema, path, data)
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key, Object.keys(shape?.properties ?? {})))
    case 'invalid_union': {
      const branch = issue.errors.find((errors) => !errors.some((e) => e.code === 'invalid_type' && e.path.length === 0))
      if (branch === undefined) return [wrongType(path, value, 'string or map', shape, written(path))]
      return branch.flatMap((i) => convert(i, path, data, schema, written))
    }
    case 'invalid_key':
      return issue.issues.flatMap((i) => convert(i, path, data, schema, written)).map((p): Found => ({ ...p, at: 'key' }))
    case 'invalid_type':
      if (value === undefined) return [{ path, at: 'key', missing: true, why: 'is missing', fix: `add it${like(shape, path)}` }]
      return [wrongType(path, value, issue.expected, shape, written(path))]
    case 'invalid_value':
      return [oneOf(path, value, issue.values.map(String))]
    case 'too_small':
    case 'too_big':
      return [outOfBounds(issue, path, value)]
    case 'custom':
      return [{ path, why: `${show(issue.params?.['text'])} ${issue.message}`, fix: String(issue.params?.['fix'] ?? 'see inventory/example.yaml') }]
    default:
      return [{ path, why: issue.message, fix: 'see inventory/example.yaml' }]
  }
}

function unknownKey(path: Path, key: string, known: readonly string[]): Found {
  const guess = nearest(key, known)
  const fix = guess === undefined ? `known here: ${known.join(', ')}` : `did you mean ${guess}?`
  return { path: [...path, key], at: 'key', why: 'is not known here', fix, meant: guess === undefined ? undefined : showPath([...path, guess]) }
}

const NAME: Readonly<Record<string, string>> = {
  'string or map': 'text or a map',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
}

function wrongType(path: Path, value: unknown, expected: string, shape: Shape | undefined, text: string | undefined): Found {
  const wanted = NAME[expected] ?? expected
  const why = `is ${kind(value)}, ${wanted} is wanted`
  if (expected.includes('string') && text !== undefined) return { path, why, fix: `put it in quotes: "${text}"` }
  if (expected === 'array' && typeof value !== 'object') return { path, why, fix: `write it as a list: [${String(value)}]` }
  return { path, why, fix: `write it${like(shape, path)}` }
}

function kind(value: unknown): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  return typeof value === 'string' ? `the text ${show(value)}` : typeof value === 'number' ? `the number ${value}` : show(value)
}

function oneOf(path: Path, value: unknown, values: readonly string[]): Found {
  if (value === undefined) return { path, at: 'key', missing: true, why: 'is missing', fix: `write ${values.join(' or ')}` }
  const guess = typeof value === 'string' ? nearest(value, values) : undefined
  return { path, why: `${show(value)} is none of ${values.join(', ')}`, fix: guess === undefined ? `write ${values.join(' or ')}` : `did you mean ${guess}?` }
}

function outOfBounds(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig, path: Path, value: unknown): Found {
  if (issue.origin === 'array') return { path, why: 'is an empty list', fix: 'name at least one, or leave the member out' }
  const bound = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`
  return { path, why: `${show(value)} is out of bounds`, fix: `write a number of ${bound}` }
}

const show = (value: unknown): string => JSON.stringify(value) ?? 'nothing'

/** `, like nic: eth1` from the schema's own examples. */
function like(shape: Shape | undefined, path: Path): string {
  const example = exampleOf(shape)
  if (example === undefined) return ''
  const name = path.at(-1)
  return typeof name === 'string' ? `, like ${name}: ${example}` : `, like ${example}`
}

function exampleOf(shape: Shape | undefined): string | undefined {
  if (shape === undefined) return undefined
  const own = shape.examples?.[0]
  if (own !== undefined) return Array.isArray(own) ? `[${own.join(', ')}]` : String(own)
  if (shape.anyOf !== undefined) return exampleOf(shape.anyOf[0])
  if (shape.type === 'boolean') return 'true'
  const item = exampleOf(shape.items)
  if (item !== undefined) return `[${item}]`
  const [name] = shape.required ?? Object.keys(shape.properties ?? {})
  const member = name === undefined ? undefined : exampleOf(shape.properties?.[name])
  return member === undefined ? undefined : `{ ${name}: ${member} }`
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>((v, p) => (v !== null && typeof v === 'object' ? (v as Record<string | number, unknown>)[p] : undefined), data)
}

function shapeAt(schema: Shape, path: Path, data: unknown): Shape | undefined {
  let shape: Shape | undefined = schema
  path.forEach((part, i) => {
    const member = typeof part === 'number' ? shape?.items : (shape?.properties?.[part] ?? rest(shape))
    shape = choose(member, valueAt(data, path.slice(0, i + 1)))
  })
  return shape
}

const rest = (shape: Shape | undefined): Shape | undefined => (typeof shape?.additionalProperties === 'object' ? shape.additionalProperties : undefined)

const choose = (shape: Shape | undefined, value: unknown): Shape | undefined =>
  shape?.anyOf === undefined ? shape : (shape.anyOf.find((s) => s.type === (typeof value === 'object' ? 'object' : 'string')) ?? shape)
