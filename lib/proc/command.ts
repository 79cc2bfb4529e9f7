/**
 * A command is a value. Pure builders make it, a Runner executes it, dry run records it. Arguments are an array from end to end:
 * no shell ever sees them.
 */
export interface Command {
  readonly bin: string
  readonly args: readonly string[]
  readonly effect: 'read' | 'write'
}

export interface Output {
  readonly stdout: string
  readonly stderr: string
  /** Exit code of the tool; 0 is success. A tool that could not be started is an error, not a code. */
  readonly code: number
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined
  /** Default 15 000. Always enforced. */
  readonly timeoutMs?: number | undefined
  readonly stdin?: string | undefined
  /** Combined limit for stdout and stderr, default 64 MiB; more is an error (PARSE), never a cut answer. */
  readonly maxBytes?: number | undefined
}

/**
 * Executes commands at one place (this machine, a pod, a dry run, a recording).
 * Resolves with any exit code. Rejects with OvngwError NOT_RUN (could not start, or the answer was lost: the tool may have
 * acted), TIMED_OUT, CANCELLED, PARSE (too much output), or what the transport says (FORBIDDEN, NOT_FOUND, UNREACHABLE …).
 */
export interface Runner {
  /** Where it runs, for messages: `this machine`, `pod kube-system/ovn-central-0`. */
  readonly where: string
  run(command: Command, options?: RunOptions): Promise<Output>
}

export const read = (bin: string, ...args: string[]): Command => ({ bin, args, effect: 'read' })
export const write = (bin: string, ...args: string[]): Command => ({ bin, args, effect: 'write' })

/** The command line as a person would type it in a POSIX shell. For messages only, never executed. */
export const show = ({ bin, args }: Command): string =>
  [bin, ...args].map((a) => (/^[A-Za-z0-9_/.:=@%+,-]+$/.test(a) ? a : `'${a.replaceAll("'", `'\\''`)}'`)).join(' ')
