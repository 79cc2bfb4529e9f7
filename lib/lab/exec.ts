/** The lab's two verbs: run a tool to success, and look again until something is true. */
import { isError, OvngwError } from '../kernel/errors.ts'
import { type Runner, type RunOptions, show, write } from '../proc/command.ts'
import { localRunner } from '../proc/local.ts'

interface Place {
  readonly where: string
  /** Put in front of every command: `['ip', 'netns', 'exec', NS]`. */
  readonly prefix?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A Runner on this machine, inside `prefix` and with `env` added. */
export const runnerAt = (place: Place): Runner => localRunner(place)

/** Run to success; stdout is the answer. A code other than 0 is COMMAND with stderr in `why`. */
export async function must(argv: readonly string[], { runner = localRunner(), ...options }: RunOptions & { runner?: Runner } = {}): Promise<string> {
  const [bin = '', ...args] = argv
  const command = write(bin, ...args)
  const out = await runner.run(command, options)
  if (out.code === 0) return out.stdout
  throw new OvngwError('COMMAND', { what: `${show(command).slice(0, 400)} failed with ${out.code}`, why: (out.stderr || out.stdout).trim().slice(-2000) })
}

interface Until {
  /** Default 60 000: a machine that builds something beside us is slow, not broken. */
  readonly timeoutMs?: number
  /** Pause between two looks, default 25. */
  readonly everyMs?: number
  readonly signal?: AbortSignal | undefined
  /** The reason to give when time is up; else the last error's message. */
  readonly why?: () => string | undefined
}

/** Look again until `probe` answers something other than undefined. Errors of a probe mean "not yet", but NOT_RUN and CANCELLED end it. */
export async function until<T>(what: string, probe: () => Promise<T | undefined>, { timeoutMs = 60_000, everyMs = 25, signal, why }: Until = {}): Promise<T> {
  const deadline = performance.now() + timeoutMs
  let last: unknown
  for (;;) {
    if (signal?.aborted) throw new OvngwError('CANCELLED', { what: `cancelled while waiting for ${what}` })
    try {
      const value = await probe()
      if (value !== undefined) return value
    } catch (error) {
      if (isError(error, 'NOT_RUN', 'CANCELLED')) throw error // a tool that is missing or a server that died does not get better
      last = error
    }
    if (performance.now() > deadline) {
      const reason = why?.() ?? (last instanceof Error ? last.message : undefined)
      throw new OvngwError('TIMED_OUT', { what: `${what}: not there after ${timeoutMs / 1000} s`, why: reason, cause: last })
    }
    await new Promise((r) => setTimeout(r, everyMs))
  }
}
