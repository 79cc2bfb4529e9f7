/** The published form of `-o json` lines (docs/events.schema.json). A test holds it against the kernel's events. */
import { z } from 'zod'

const outcome = z.enum(['pass', 'warn', 'fail', 'skip', 'unknown']).describe('unknown: could not look; neither pass nor fail')
const phase = z.enum(['run', 'before', 'apply', 'undo']).describe('a writing step has before and apply; a reading one run; a rollback undo')
const step = z.string().describe('id of the step, unique in the run')
const title = z.string()
const json = z.unknown().describe('any JSON value')

const error = z.object({
  code: z.string(),
  what: z.string(),
  why: z.string().optional(),
  hint: z.string().optional().describe('what to type next'),
})

const finding = z.object({
  id: z.string().describe('id of the check, as in --accept'),
  title: z.string().describe('what holds when it passes'),
  level: z.enum(['fatal', 'warning']),
  outcome,
  object: z.string().optional().describe('what was looked at'),
  detail: z.string(),
  hint: z.string().optional(),
  seen: json.optional().describe('evidence'),
  accepted: z.string().optional().describe('why it does not count'),
  because: z.string().optional().describe('id of the check whose failure this one follows from: it is skipped'),
})

const plannedStep = z.object({
  id: z.string(),
  task: z.string(),
  title,
  effect: z.enum(['read', 'write']),
  pointOfNoReturn: z.string().optional().describe('set when it cannot be undone: why'),
})

const change = z.object({
  object: z.string(),
  action: z.enum(['create', 'update', 'delete']),
  diff: z.array(z.string()).describe('lines that begin with a space, - or +'),
})

const ending = z.enum(['done', 'nothing-to-do', 'planned', 'refused', 'restored', 'broken'])

const bodies = [
  z.object({ ev: z.literal('run-started'), run: z.string(), runbook: z.string(), summary: z.string(), mode: z.enum(['fresh', 'resume', 'rollback']) }),
  z.object({ ev: z.literal('planned'), steps: z.array(plannedStep), changes: z.array(change), effects: z.array(z.string()) }),
  z.object({ ev: z.literal('step-started'), step, title, phase }),
  z.object({ ev: z.literal('step-progress'), step, text: z.string() }),
  z.object({ ev: z.literal('finding'), step, finding }),
  z.object({ ev: z.literal('note'), step, title, text: z.string() }),
  z.object({ ev: z.literal('step-done'), step, title, phase, value: json.optional(), replayed: z.boolean().optional().describe('done by an earlier process') }),
  z.object({ ev: z.literal('step-failed'), step, title, phase, error }),
  z.object({ ev: z.literal('rollback-started'), why: error, steps: z.number() }),
  z.object({ ev: z.literal('run-ended'), run: z.string(), ending, exit: z.number(), summary: z.string(), left: z.array(z.string()), error: error.optional() }),
] as const

const stamp = { v: z.literal(1).describe('version of this form'), at: z.iso.datetime().describe('when it was seen, UTC') }

/** One line of `-o json`. Members that are not named here may be added; the ones that are stay. */
export const eventSchema = z.discriminatedUnion('ev', bodies.map((b) => b.extend(stamp)) as unknown as [(typeof bodies)[0], (typeof bodies)[1]])

/** The events that have a form; a test holds them against the kernel's. */
export const kindsOfEvents: readonly string[] = bodies.map((b) => b.shape.ev.value)

export const eventJsonSchema = (): object => ({
  ...z.toJSONSchema(eventSchema, { unrepresentable: 'any', io: 'input' }),
  $id: 'https://ovngw/events.schema.json',
  title: 'One line of `ovngw … -o json`',
})
