/** The menu's questions about past runs: which one, and what of it. Gives words of a command line, or BACK. */
import type { RunSummary } from '../journal/store.ts'
import type { App } from './app.ts'
import { BACK, type Choice } from './ask.ts'
import { standing } from './cmd/history.ts'

/** So many of the newest are offered; `ovngw history` has them all. */
const OFFERED = 12

type Words = readonly string[] | typeof BACK

/** What can be done with a run that stands so. */
function choicesFor(how: string): readonly Choice<string>[] {
  const show: Choice<string> = { value: 'show', label: 'Look at it', hint: 'step by step' }
  const undo: Choice<string> = { value: 'rollback', label: 'Undo it', hint: 'put everything back where it was' }
  if (how === 'cut off') return [{ value: 'resume', label: 'Finish it', hint: 'go on where it was cut off' }, undo, show]
  return how === 'done' || how === 'broken' ? [show, undo] : [show]
}

/** `show RUN`, `rollback RUN` or `resume RUN` */
export async function askRun(app: App, runs: readonly RunSummary[]): Promise<Words> {
  const ask = await app.ask()
  const rows = runs.slice(0, OFFERED).map((run): Choice<RunSummary> => ({ value: run, label: run.run, hint: standing(run) }))
  for (;;) {
    const run = await ask.select('Which run? The newest is first.', rows, { back: true })
    if (run === BACK) return BACK
    const what = await ask.select(`${run.run}:`, choicesFor(standing(run)), { back: true })
    if (what !== BACK) return [what, run.run]
  }
}
