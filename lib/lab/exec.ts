/** The lab's way to run a tool here and now: argv only, a deadline always, and an error that says what the tool said. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { isError, OvngwError } from '../kernel/errors.ts'
import { type Command, type Output, type Runner, type RunOptions, show, write } from '../proc/command.ts'

const LIMIT = 64 * 1024 * 1024

interface Place {
  readonly where: string
  /** Put in front of every command: `['ip', 'netns', 'exec', NS]`. */
  readonly prefix?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A Runner on this machine, inside `prefix` and with `env` added. */
export const runnerAt = ({ where, prefix = [], env = {} }: Place): Runner => ({
  where,
  run: (command, options = {}) => {
    const argv = [...prefix, command.bin, ...command.args]
    return start(where, command, argv, { ...process.env, ...env }, options)
  },
})

const here = runnerAt({ where: 'this machine' })

/** Run to success; stdout is the answer. A code other than 0 is COMMAND with stderr in `why`. */
export async function must(argv: readonly string[], options: RunOptions & { runner?: Runner } = {}): Promise<string> {
  const [bin = '', ...args] = argv
  const command = write(bin, ...args)
  const out = await (options.runner ?? here).run(command, options)
  if (out.code === 0) return out.stdout
  throw new OvngwError('COMMAND', { what: `${show(command).slice(0, 400)} failed with ${out.code}`, why: (out.stderr || out.stdout).trim().slice(0, 2000) })
}

function start(where: string, command: Command, argv: readonly string[], env: NodeJS.ProcessEnv, options: RunOptions): Promise<Output> {
  const { signal, timeoutMs = 15_000, stdin, maxBytes = LIMIT } = options
  const { promise, resolve, reject } = Promise.withResolvers<Output>()
  const [bin = '', ...args] = argv
  const shown = `${show(command).slice(0, 400)} (${where})`
  if (signal?.aborted) return Promise.reject(new OvngwError('CANCELLED', { what: `not started: ${shown}` }))
  const child = spawn(bin, args, { env, stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] })
  const chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] }
  let size = 0
  let fault: OvngwError | undefined
  const stop = (error: OvngwError): void => {
    fault ??= error
    child.kill('SIGKILL')
    child.stdout?.destroy() // a grandchild may hold the pipe open
    child.stderr?.destroy()
  }
  const timer = setTimeout(() => stop(new OvngwError('TIMED_OUT', { what: `no answer in ${timeoutMs} ms: ${shown}` })), timeoutMs)
  const cancel = (): void => stop(new OvngwError('CANCELLED', { what: `cancelled: ${shown}` }))
  signal?.addEventListener('abort', cancel, { once: true })
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (data: Buffer) => {
      chunks[name].push(data)
      size += data.length
      if (size > maxBytes) stop(new OvngwError('PARSE', { what: `more than ${maxBytes} bytes of output: ${shown}` }))
    })
  }
  child.stdin?.on('error', () => undefined) // the tool may not read all of it
  child.stdin?.end(stdin)
  const done = (): void => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', cancel)
  }
  child.on('error', (cause) => {
    done()
    reject(new OvngwError('NOT_RUN', { what: `could not start ${shown}`, why: cause.message, cause }))
  })
  child.on('close', (code, by) => {
    done()
    if (fault) return reject(fault)
    const text = (name: 'stdout' | 'stderr'): string => Buffer.concat(chunks[name]).toString('utf8')
    resolve({ stdout: text('stdout'), stderr: text('stderr'), code: code ?? 128 + (by ? constants.signals[by] : 0) })
  })
  return promise
}

/** Look again until `probe` answers something; the deadline names the last reason. Never a fixed sleep: the pause is only between looks. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined>,
  {
    timeoutMs = 30_000,
    everyMs = 25,
    signal,
    why,
  }: { timeoutMs?: number; everyMs?: number; signal?: AbortSignal | undefined; why?: () => string | undefined } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  let last: unknown
  for (;;) {
    if (signal?.aborted) throw new OvngwError('CANCELLED', { what: `cancelled while waiting for ${what}` })
    try {
      const value = await probe()
      if (value !== undefined) return value
    } catch (error) {
      if (isError(error, 'NOT_RUN')) throw error // a tool that is missing or a server that died does not get better
      last = error
    }
    if (performance.now() > deadline) {
      const reason = why?.() ?? (last instanceof Error ? last.message : undefined)
      throw new OvngwError('TIMED_OUT', { what: `${what} was not ready after ${timeoutMs / 1000} s`, why: reason, cause: last })
    }
    await new Promise((r) => setTimeout(r, everyMs))
  }
}
