/** Answers still missing are asked for at a terminal, and are a usage error naming the flags without one. */
import { z } from 'zod'
import { OvngwError } from '../kernel/errors.ts'
import type { Json } from '../kernel/json.ts'
import type { Schema } from '../kernel/task.ts'
import type { App } from './app.ts'
import type { Ask } from './ask.ts'
import { type Answers, type Flag, fromText, missing, nameOf, parseAnswers } from './flags.ts'
import type { Globals } from './globals.ts'

/** A person may be asked: at a terminal, and text is what they get. `--yes` says "do not ask". */
export const mayAsk = (app: App, globals: Globals): boolean => app.interactive && globals.output === 'text' && !globals.yes

/** What was typed and asked, before parsing: the JSON that is journaled and parsed again on a resume. */
export async function complete(app: App, globals: Globals, schema: Schema<unknown>, flags: readonly Flag[], typed: Answers, help: string): Promise<Answers> {
  const open = missing(flags, typed)
  if (open.length > 0 && !mayAsk(app, globals)) {
    const names = open.map(nameOf)
    const described = open.filter((f) => f.describe !== '')
    throw new OvngwError('USAGE', {
      what: `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} missing`,
      why: described.length === 0 ? undefined : described.map((f) => `${nameOf(f)}: ${f.describe}`).join('; '),
      hint: help,
    })
  }
  const answers: Record<string, Json> = { ...typed }
  if (open.length > 0) {
    const ask = await app.ask()
    for (const flag of open) answers[flag.key] = await question(ask, schema, flag)
  }
  parseAnswers(schema, flags, answers, help)
  return answers
}

async function question(ask: Ask, schema: Schema<unknown>, flag: Flag): Promise<Json> {
  const text = flag.describe === '' ? nameOf(flag) : flag.describe
  if (flag.choices !== undefined)
    return ask.select(
      text,
      flag.choices.map((c) => ({ value: c, label: c })),
    )
  if (flag.kind === 'switch') return ask.confirm(text)
  const validate = (typed: string): true | string => judge(schema, flag, typed)
  return valueFor(flag, await ask.input(text, { validate }))
}

const valueFor = (flag: Flag, typed: string): Json => (flag.kind === 'list' ? typed.split(/[\s,]+/).filter((t) => t !== '') : fromText(flag, typed))

/** The field's own schema says what is wrong with a text. */
function judge(schema: Schema<unknown>, flag: Flag, typed: string): true | string {
  const field = schema instanceof z.ZodObject ? (schema.shape as Readonly<Record<string, z.ZodType>>)[flag.key] : undefined
  try {
    const result = field?.safeParse(valueFor(flag, typed))
    return result === undefined || result.success ? true : result.error.issues.map((i) => i.message).join('; ')
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
}
