/** The one stop before the first write: the plan is on screen, a person says yes, the run is kept on disk, the lock is taken. */
import { OvngwError } from '../kernel/errors.ts'
import type { RunEvent } from '../kernel/events.ts'
import { describe, planOf } from '../kernel/runbook.ts'
import type { Listener } from '../report/listener.ts'
import { mayAsk } from './answers.ts'
import type { Lock } from './lock.ts'
import type { Session } from './run-runbook.ts'

type Gate = (id: string, how: { readonly resumed: boolean }) => Promise<void>

export const gateOf =
  (session: Session, listener: Listener, lock: Lock): Gate =>
  async (_id, { resumed }) => {
    const { globals, planOnly, keep, signal } = session
    if (!resumed) {
      if (session.mode === 'rollback') listener.on(undoPlan(session), session.app.now())
      await listener.settle()
      if (planOnly || globals.dryRun) throw new OvngwError('DECLINED', { what: 'stopped at the plan', why: planOnly ? 'plan changes nothing' : '--dry-run' })
      if (!globals.yes) await confirm(session)
    }
    signal.throwIfAborted()
    await keep()
    await lock.take(signal)
  }

/** What a rollback is going to undo, in that order: the steps whose `before` is journaled, last first. */
function undoPlan({ journal: { state }, runbook, args }: Session): RunEvent {
  const { steps } = planOf(runbook, args, state.kept.get('facts')?.value ?? null)
  const begun = steps.filter((s) => state.kept.get(`before:${s.id}`)?.value !== undefined).map(describe)
  return { ev: 'planned', steps: begun.reverse().map((s) => ({ ...s, title: `undo: ${s.title}` })), changes: [], effects: [] }
}

async function confirm({ app, globals, mode, signal }: Session): Promise<void> {
  if (!mayAsk(app, globals)) {
    throw new OvngwError('USAGE', {
      what: 'nobody can be asked whether to go on',
      why: 'there is no terminal, or the output is not text',
      hint: 'add --yes to go on without asking, or --dry-run to see the plan only',
    })
  }
  const ask = await app.ask()
  const yes = await ask.confirm(mode === 'rollback' ? 'undo this run?' : 'proceed?', { signal })
  if (!yes) throw new OvngwError('DECLINED', { what: 'not confirmed', why: 'nothing was changed' })
}
