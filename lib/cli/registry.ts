/** What the command line knows of tasks/index.ts: three ordered lists. */
import type { Ctx } from '../define.ts'
import { nearest } from '../inventory/problem.ts'
import type { Check } from '../kernel/check.ts'
import { OvngwError } from '../kernel/errors.ts'
import type { Runbook } from '../kernel/runbook.ts'
import type { AnyTask } from '../kernel/task.ts'

export type AnyRunbook = Runbook<Ctx>
export type AnyCheck = Check<Ctx>

export interface Registry {
  readonly runbooks: readonly AnyRunbook[]
  readonly tasks: readonly { readonly task: AnyTask<Ctx> }[]
  readonly checks: readonly { readonly check: AnyCheck }[]
}

/** The one of that name, or a usage error that suggests. */
export function pick<T>(kind: 'runbook' | 'task' | 'check', wanted: string, all: readonly T[], nameOf: (item: T) => string): T {
  const found = all.find((item) => nameOf(item) === wanted)
  if (found !== undefined) return found
  const near = nearest(wanted, all.map(nameOf))
  throw new OvngwError('USAGE', {
    what: `there is no ${kind} "${wanted}"`,
    why: near === undefined ? undefined : `did you mean ${near}?`,
    hint: `ovngw list shows every ${kind}`,
  })
}
