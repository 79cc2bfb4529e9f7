/**
 * Flags, positional arguments and prompts of a runbook or task, read from its zod schema: camelCase fields are kebab-case flags,
 * `.describe('…')` is the help, `.meta({ positional: true })` makes it a bare argument, booleans are switches, enums are choices,
 * arrays of text may be repeated, objects and arrays of them are JSON text. Text goes in, the schema parses: one source.
 */
import { Option, type Command as Parser } from 'commander'
import { z } from 'zod'
import { OvngwError } from '../kernel/errors.ts'
import { issuesOf } from '../kernel/issues.ts'
import type { Json } from '../kernel/json.ts'
import type { Schema } from '../kernel/task.ts'

export interface Flag {
  /** The field of the schema. */
  readonly key: string
  readonly kind: 'switch' | 'text' | 'number' | 'list' | 'json'
  readonly describe: string
  readonly positional: boolean
  readonly required: boolean
  readonly choices?: readonly string[] | undefined
  readonly fallback?: Json | undefined
}

interface Property {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly positional?: boolean
  readonly enum?: readonly string[]
  readonly default?: Json
  readonly anyOf?: readonly Property[]
  readonly items?: Property
  readonly $ref?: string
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, Property>>
  readonly required?: readonly string[]
  readonly $defs?: Readonly<Record<string, Property>>
}

export const jsonSchemaOf = (schema: Schema<unknown>): ObjectSchema =>
  schema instanceof z.ZodType ? (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as ObjectSchema) : {}

const typesOf = (p: Property): readonly string[] =>
  p.anyOf !== undefined ? p.anyOf.flatMap(typesOf) : p.type === undefined ? [] : typeof p.type === 'string' ? [p.type] : p.type

function kindOf(p: Property): Flag['kind'] {
  const types = typesOf(p)
  if (types.includes('string')) return 'text'
  if (types.includes('boolean')) return 'switch'
  if (types.includes('number') || types.includes('integer')) return 'number'
  return types.includes('array') && p.items !== undefined && typesOf(p.items).includes('string') ? 'list' : 'json'
}

/** The flags of a schema, in the schema's order. */
export function flagsOf(schema: Schema<unknown>): readonly Flag[] {
  const whole = jsonSchemaOf(schema)
  return Object.entries(whole.properties ?? {}).map(([key, given]) => {
    const p = { ...(whole.$defs?.[given.$ref?.replace('#/$defs/', '') ?? ''] ?? {}), ...given }
    return {
      key,
      kind: kindOf(p),
      describe: p.description ?? '',
      positional: p.positional === true,
      required: whole.required?.includes(key) === true,
      choices: p.enum,
      fallback: p.default,
    }
  })
}

export const kebab = (key: string): string => key.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)

/** How the flag is written in messages: `--next-hop`, or `POD` for a bare argument. */
export const nameOf = (flag: Flag): string => (flag.positional ? kebab(flag.key).replaceAll('-', '_').toUpperCase() : `--${kebab(flag.key)}`)

const gather = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text]

function optionOf(flag: Flag, text: string): Option {
  const off = flag.kind === 'switch' && flag.fallback === true ? 'no-' : ''
  const word = flag.kind === 'text' && flag.choices === undefined ? 'value' : flag.kind
  const option = new Option(`--${off}${kebab(flag.key)}${flag.kind === 'switch' ? '' : ` <${word}>`}`, text)
  if (flag.choices !== undefined) option.choices(flag.choices)
  if (flag.kind === 'list') option.argParser(gather)
  return option
}

/** Declares the flags on a commander command. Missing ones are told or asked by us, so that all are named at once. */
export function addFlags(parser: Parser, flags: readonly Flag[]): void {
  for (const flag of flags) {
    const note = flag.fallback === undefined || flag.fallback === false ? '' : ` (default: ${JSON.stringify(flag.fallback)})`
    const text = `${flag.describe}${flag.required && !flag.positional ? ' (required)' : ''}${note}`
    if (flag.positional) parser.argument(`[${nameOf(flag)}]`, text)
    else parser.addOption(optionOf(flag, text))
  }
  const bare = flags.filter((f) => f.positional).map((f) => (f.required ? nameOf(f) : `[${nameOf(f)}]`))
  parser.usage(['[flags]', ...bare].join(' '))
}

export function fromText(flag: Flag, given: unknown): Json {
  if (typeof given !== 'string') return given as Json
  if (flag.kind === 'number' && /^-?\d+(\.\d+)?$/.test(given)) return Number(given)
  if (flag.kind !== 'json') return given
  try {
    return JSON.parse(given) as Json
  } catch (cause) {
    throw new OvngwError('USAGE', { what: `${nameOf(flag)} wants JSON`, why: `cannot read ${given}`, cause })
  }
}

export type Answers = Readonly<Record<string, Json>>

/** What was typed, by field of the schema; fields not given are absent. */
export function answersOf(flags: readonly Flag[], bare: readonly (string | undefined)[], options: Readonly<Record<string, unknown>>): Answers {
  const answers: Record<string, Json> = {}
  const positional = flags.filter((f) => f.positional)
  for (const flag of flags) {
    const given = flag.positional ? bare[positional.indexOf(flag)] : options[flag.key]
    if (given !== undefined) answers[flag.key] = fromText(flag, given)
  }
  return answers
}

export const missing = (flags: readonly Flag[], answers: Answers): readonly Flag[] => flags.filter((f) => f.required && answers[f.key] === undefined)

/** The parsed arguments; every wrong answer is named with its flag. */
export function parseAnswers<T>(schema: Schema<T>, flags: readonly Flag[], answers: Answers, help: string): T {
  try {
    return schema.parse(answers)
  } catch (cause) {
    const issues = issuesOf(cause)
    if (issues === undefined) throw cause
    const texts = issues.map((i) => {
      const flag = flags.find((f) => f.key === i.path[0])
      return flag === undefined ? i.message : `${nameOf(flag)}${given(answers[flag.key])}: ${i.message}`
    })
    throw new OvngwError('USAGE', { what: texts.join('; '), hint: help, cause })
  }
}

const given = (value: Json | undefined): string => (value === undefined ? '' : ` ${typeof value === 'string' ? value : JSON.stringify(value)}`)
