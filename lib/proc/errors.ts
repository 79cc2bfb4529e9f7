/** A tool that ran and said no. */
import { isError, OvngwError } from '../kernel/errors.ts'
import { type Command, type Output, type Runner, type RunOptions, show } from './command.ts'

/**
 * The output, when the tool succeeded.
 * @throws OvngwError COMMAND with the first line of stderr (OVS and OVN put their reason there)
 */
export function ensureOk(runner: Pick<Runner, 'where'>, command: Command, output: Output): Output {
  if (output.code === 0) return output
  const said = firstLine(output.stderr) ?? firstLine(output.stdout)
  throw new OvngwError('COMMAND', {
    what: `${show(command)} failed in ${runner.where}`,
    why: said === undefined ? `exit code ${output.code}, and it said nothing` : `${said} (exit code ${output.code})`,
    cause: output,
  })
}

/** Runs and ensures success. */
export const runOk = async (runner: Runner, command: Command, options?: RunOptions): Promise<Output> =>
  ensureOk(runner, command, await runner.run(command, options))

const firstLine = (text: string): string | undefined =>
  text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '')

/** The caller's own reason when it is one of ours (a deadline), else CANCELLED. */
export const cancelled = (where: string, command: Command, signal: AbortSignal | undefined): OvngwError =>
  isError(signal?.reason) ? signal.reason : new OvngwError('CANCELLED', { what: `${show(command)} in ${where} was cancelled` })
