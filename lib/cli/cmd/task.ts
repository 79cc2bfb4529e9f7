/** `ovngw task NAME`: one task as a runbook of one step, so that it is planned, confirmed, journaled and undone like everything else. */
import { OvngwError } from '../../kernel/errors.ts'
import type { Json } from '../../kernel/json.ts'
import type { AnyRunbook, Registry } from '../registry.ts'

type Task = Registry['tasks'][number]['task']

export const asRunbook = (task: Task): AnyRunbook => ({
  name: `task-${task.name}`,
  summary: task.summary,
  args: task.input as AnyRunbook['args'],
  facts: async () => null,
  plan: (args: Json) => {
    if (task.needs !== undefined && task.needs.length > 0) {
      throw new OvngwError('USAGE', {
        what: `task ${task.name} cannot run alone`,
        why: `it needs ${task.needs.join(', ')}, which an earlier step of a runbook gives`,
      })
    }
    return [{ id: task.name, task, input: args }]
  },
})
