/** The runbook a journal was written by. */
import type { Header } from '../journal/record.ts'
import { OvngwError } from '../kernel/errors.ts'
import type { App } from './app.ts'
import { type AnyRunbook, pick } from './registry.ts'

/** @param source `runbook:install`, `task:annotate`, `file:/home/me/mine.ts`. @throws OvngwError USAGE when there is no such thing any more */
export async function runbookOf(app: App, { source, run }: Pick<Header, 'source' | 'run'>): Promise<AnyRunbook> {
  const at = source.indexOf(':')
  const [kind, name] = [source.slice(0, at), source.slice(at + 1)]
  if (kind === 'file') return (await (await import('./load-file.ts')).loadRunbook(name, app.cwd)).runbook
  const registry = await app.registry()
  if (kind === 'runbook') return pick('runbook', name, registry.runbooks, (r) => r.name)
  if (kind !== 'task')
    throw new OvngwError('PARSE', {
      what: `run ${run} came from "${source}"`,
      why: 'this ovngw knows runbook:, task: and file: only',
      hint: 'use the ovngw that wrote it',
    })
  const { task } = pick('task', name, registry.tasks, (t) => t.task.name)
  return (await import('./cmd/task.ts')).asRunbook(task)
}
