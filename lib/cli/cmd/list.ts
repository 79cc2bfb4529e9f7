/** `ovngw list`: what there is, what it reads and writes, and whether it can be undone. */
import { OvngwError } from '../../kernel/errors.ts'
import { columns } from '../../report/columns.ts'
import { paintFor } from '../../report/style.ts'
import type { App } from '../app.ts'
import { flagsOf, jsonSchemaOf, nameOf } from '../flags.ts'
import type { Globals } from '../globals.ts'
import type { Registry } from '../registry.ts'

const KINDS = ['runbooks', 'tasks', 'checks'] as const
type Kind = (typeof KINDS)[number]

const undoOf = (task: Registry['tasks'][number]['task']): string =>
  task.effect === 'read' ? 'only reads' : 'undo' in task ? 'can be undone' : `cannot be undone: ${task.pointOfNoReturn}`

function section(kind: Kind, registry: Registry): readonly (readonly string[])[] {
  if (kind === 'runbooks')
    return registry.runbooks.map((r) => [
      r.name,
      flagsOf(r.args)
        .filter((f) => f.required)
        .map(nameOf)
        .join(' '),
      r.summary,
    ])
  if (kind === 'tasks') return registry.tasks.map(({ task }) => [task.name, undoOf(task), task.summary])
  return registry.checks.map(({ check }) => [check.id, check.level, check.title])
}

const asJson = (registry: Registry, kinds: readonly Kind[]): unknown => ({
  ...(kinds.includes('runbooks') && { runbooks: registry.runbooks.map((r) => ({ name: r.name, summary: r.summary, args: jsonSchemaOf(r.args) })) }),
  ...(kinds.includes('tasks') && {
    tasks: registry.tasks.map(({ task }) => ({
      name: task.name,
      summary: task.summary,
      effect: task.effect,
      undo: undoOf(task),
      input: jsonSchemaOf(task.input),
    })),
  }),
  ...(kinds.includes('checks') && {
    checks: registry.checks.map(({ check: { id, group, level, title, reads, why, mend } }) => ({ id, group, level, title, reads, why, mend })),
  }),
})

export async function list(app: App, globals: Globals, kind: string | undefined): Promise<number> {
  if (kind !== undefined && !KINDS.includes(kind as Kind))
    throw new OvngwError('USAGE', { what: `cannot list "${kind}"`, hint: `ovngw list ${KINDS.join('|')}` })
  const kinds = kind === undefined ? KINDS : [kind as Kind]
  const registry = await app.registry()
  if (globals.output === 'json') {
    app.out.write(`${JSON.stringify(asJson(registry, kinds))}\n`)
    return 0
  }
  const paint = paintFor(app.out.color)
  const parts = kinds.map(
    (k) =>
      `${paint.bold(k)}\n${columns(
        section(k, registry).map((row) => ['', ...row]),
        app.out.columns,
      )}`,
  )
  app.out.write(parts.join('\n'))
  return 0
}
