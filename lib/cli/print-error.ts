/** Errors as a person reads them: what, why, what to type next. A stack only for our own bugs. */
import { asError, type OvngwError } from '../kernel/errors.ts'
import { paintFor } from '../report/style.ts'

export function errorText(error: OvngwError, color: boolean): string {
  const paint = paintFor(color)
  const lines = [`${paint.red('error:')} ${error.what}`]
  if (error.why !== undefined) lines.push(`${paint.dim('why:')}   ${error.why}`)
  if (error.hint !== undefined) lines.push(`${paint.dim('next:')}  ${error.hint}`)
  if (error.code === 'BUG') {
    const stack = error.cause instanceof Error ? error.cause.stack : error.stack
    lines.push(stack ?? '', 'This is a bug in ovngw. Please report it with the lines above and the output of `ovngw --version`.')
  }
  return `${lines.join('\n')}\n`
}

/** Prints to stderr and gives the exit code of the process. */
export function printError(thrown: unknown): number {
  const error = asError(thrown)
  const color = process.stderr.isTTY === true && process.env['NO_COLOR'] === undefined && !process.argv.includes('--no-color')
  process.stderr.write(errorText(error, color))
  return error.exit
}
