/** Which listener draws a run: JSON lines, plain lines, or the terminal's board. Loaded only when needed. */
import { OvngwError } from '../kernel/errors.ts'
import { fanOut, type Listener } from '../report/listener.ts'
import type { App } from './app.ts'
import type { Globals } from './globals.ts'

/** A terminal that listr2 cannot draw on: no width (a pty without size), too narrow, or no cursor codes. */
const canDraw = (app: App): boolean => app.out.columns !== undefined && app.out.columns >= 40 && app.env['TERM'] !== 'dumb'

export async function listenerOf(app: App, globals: Globals): Promise<Listener> {
  const broken = (error: unknown): void => app.err.write(`(the display failed and is switched off; the run goes on: ${String(error)})\n`)
  return fanOut([await pickOne(app, globals)], broken)
}

async function pickOne(app: App, { output, verbose }: Globals): Promise<Listener> {
  if (output === 'json') return (await import('../report/json.ts')).jsonListener(app.out)
  if (output !== 'text') throw new OvngwError('USAGE', { what: `-o ${output} is for check`, why: 'a run is shown as text or json', hint: 'use -o json' })
  if (canDraw(app)) return (await import('../report/terminal.ts')).terminalListener(app.out, { verbose })
  return (await import('../report/plain.ts')).plainListener(app.out, { verbose })
}
