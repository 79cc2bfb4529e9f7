/**
 * `ovngw` alone at a terminal: how the cluster stands, what can be done there, the questions that are missing, and then the command
 * itself, shown as it would be typed. Again and again until the person quits. Everything is done by the commands; the menu adds nothing.
 */
import { asError, isError } from '../kernel/errors.ts'
import { show } from '../proc/command.ts'
import { paintFor } from '../report/style.ts'
import type { App } from './app.ts'
import { BACK } from './ask.ts'
import { busy } from './busy.ts'
import { sitesHere, withSite } from './choose-site.ts'
import type { Globals } from './globals.ts'
import { orLab } from './labs.ts'
import { choicesOf } from './menu-choices.ts'
import { heading, readState } from './menu-state.ts'
import { errorText } from './print-error.ts'
import { listenForInterrupts } from './signals.ts'

/** The menu until the person quits: 0; 130 after Ctrl-C. @throws what a command stopped by Ctrl-C throws */
export async function menu(app: App, globals: Globals, run: (argv: readonly string[]) => Promise<number>): Promise<number> {
  let picked = globals
  for (;;) {
    const named = await withSite(app, picked, 'menu')
    if (named === undefined) return 0
    // one of several is asked for once; the only one is looked for again: it may be written, or its cluster stopped, meanwhile
    if ((await sitesHere(app.cwd)).length > 1) picked = named
    const words = await question(app, await orLab(app, named)).catch((thrown: unknown) => {
      if (isError(thrown, 'CANCELLED')) return 130
      throw thrown
    })
    if (typeof words === 'number') return words
    if (words !== BACK) await carryOut(app, words, run)
    app.out.write('\n')
  }
}

/** One round: look, say, ask. A number: quit, with that exit code. */
async function question(app: App, globals: Globals): Promise<readonly string[] | typeof BACK | number> {
  using interrupts = listenForInterrupts()
  const state = await busy(app.out, 'looking at the cluster', readState(app, globals, interrupts.signal))
  try {
    app.out.write(heading(state, app))
    const ask = await app.ask()
    const action = await ask.select('What shall be done?', choicesOf(app, state), { back: true, backLabel: 'Quit', signal: interrupts.signal })
    if (action === BACK) return 0
    const words = await action()
    return words === BACK || words[0] === 'lab' ? words : [...words, ...flagsOf(globals)]
  } finally {
    await state.close()
  }
}

/** The person's own flags, for the command they come to. */
function flagsOf({ site, context, kubeconfig, namespace, as, stateDir, timeoutMs, accept, dryRun, color, verbose }: Globals): readonly string[] {
  const flag = (name: string, value: string | undefined): readonly string[] => (value === undefined ? [] : [name, value])
  return [
    ...flag('--site', site),
    ...flag('--context', context),
    ...flag('--kubeconfig', kubeconfig),
    ...flag('--namespace', namespace),
    ...flag('--as', as),
    ...flag('--state-dir', stateDir),
    ...flag('--timeout', timeoutMs === undefined ? undefined : `${timeoutMs}ms`),
    ...accept.flatMap((id) => ['--accept', id]),
    ...(dryRun ? ['--dry-run'] : []),
    ...(color ? [] : ['--no-color']),
    ...(verbose ? ['--verbose'] : []),
  ]
}

/** Runs a command; what goes wrong in it is told, and the menu comes back. Ctrl-C ends the menu too. */
async function carryOut(app: App, words: readonly string[], run: (argv: readonly string[]) => Promise<number>): Promise<void> {
  app.out.write(`${paintFor(app.out.color).dim(`$ ${show({ bin: 'ovngw', args: words, effect: 'read' })}`)}\n`)
  try {
    await run(words)
  } catch (thrown) {
    const error = asError(thrown)
    if (error.code === 'CANCELLED') throw error
    app.err.write(errorText(error, app.err.color, app.err.columns))
  }
}
