/** Errors as a person reads them: what, why, what to type next. A stack only for our own bugs. */
import { asError, type OvngwError } from '../kernel/errors.ts'
import { paintFor, wrap } from '../report/style.ts'

/** Width of `error: `, below which all text stands. */
const LEAD = 7

/** @param columns of the terminal; undefined (a pipe): nothing is wrapped */
export function errorText(error: OvngwError, color: boolean, columns?: number): string {
  const paint = paintFor(color)
  const part = (label: string, text: string): string[] =>
    text
      .split('\n')
      .flatMap((line, n) => (columns === undefined ? [line] : wrap(line, columns - LEAD)).map((l, i) => `${n + i === 0 ? label : ''.padEnd(LEAD)}${l}`))
  const lines = part(`${paint.red('error:')} `, error.what)
  if (error.why !== undefined) lines.push(...part(`${paint.dim('why:')}   `, error.why))
  if (error.hint !== undefined) lines.push(...part(`${paint.dim('next:')}  `, error.hint))
  if (error.code === 'BUG') {
    const stack = error.cause instanceof Error ? error.cause.stack : error.stack
    lines.push(stack ?? '', ...wrap('This is a bug in ovngw. Please report it with the lines above and the output of `ovngw --version`.', columns))
  }
  return `${lines.join('\n')}\n`
}

/** Prints to stderr and gives the exit code of the process. */
export function printError(thrown: unknown): number {
  const error = asError(thrown)
  const color =
    process.stderr.isTTY === true && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb' && !process.argv.includes('--no-color')
  process.stderr.write(errorText(error, color, process.stderr.columns))
  return error.exit
}
