/**
 * Commands on this machine, by zx (the only importer). zx is used for its process handling with a `spawn` of ours that takes the argv as
 * it is: no shell is ever started, so nothing is quoted and nothing can be injected (dependencies.md §5).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { OvngwError } from '../kernel/errors.ts'
import { type Asked, nothingAsked } from './asked.ts'
import { type Command, type Output, type Runner, type RunOptions, show } from './command.ts'
import { cancelled } from './errors.ts'
import { installHint } from './packages.ts'

const DEFAULT_MS = 15_000
const MAX_BYTES = 64 * 1024 * 1024

export interface LocalOptions {
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Words put before every command: `['ip', 'netns', 'exec', 'outside']`. Not for ssh: that has a shell at its other end. */
  readonly prefix?: readonly string[] | undefined
  /** For messages, default `this machine`. */
  readonly where?: string | undefined
  /** Where commands are counted. */
  readonly asked?: Asked | undefined
}

export function localRunner({ env = {}, prefix = [], where = 'this machine', asked = nothingAsked() }: LocalOptions = {}): Runner {
  return { where, run: (command, options = {}) => run({ command, options, where, prefix, argv: [...prefix, command.bin, ...command.args], env, asked }) }
}

interface Job {
  readonly command: Command
  readonly options: RunOptions
  readonly where: string
  readonly prefix: readonly string[]
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly asked: Asked
}

async function run(job: Job): Promise<Output> {
  const { $ } = await import('zx/core')
  const { signal, stdin, timeoutMs = DEFAULT_MS, maxBytes = MAX_BYTES } = job.options
  if (signal?.aborted) throw cancelled(job.where, job.command, signal)
  const child = new Child(job.argv, maxBytes)
  job.asked.commands++
  const onAbort = (): void => child.stop(cancelled(job.where, job.command, signal))
  const late = setTimeout(() => child.stop(tooLate(job, timeoutMs)), timeoutMs)
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    const { exitCode, signal: killedBy } = await $({
      spawn: child.spawn,
      // Messages of tools are parsed and shown: one language, whoever's terminal it is.
      env: { ...process.env, LC_ALL: 'C.UTF-8', ...job.env },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(stdin === undefined ? {} : { input: Buffer.from(stdin) }),
      nothrow: true,
      quiet: true,
      verbose: false,
      detached: true, // its own process group: killed as a whole, and a terminal's Ctrl-C does not hit it behind our back
      shell: true,
      quote: String,
    })`${job.argv[0] ?? ''}`
    return judge(job, child, { ...child.output(), code: exitCode ?? Number.NaN }, killedBy)
  } finally {
    clearTimeout(late)
    signal?.removeEventListener('abort', onAbort)
  }
}

/** The process behind zx's promise: started without a shell, counted, killed as a group. */
class Child {
  readonly #argv: readonly string[]
  readonly #maxBytes: number
  #process: ChildProcess | undefined
  #bytes = 0
  readonly #stdout: Buffer[] = []
  readonly #stderr: Buffer[] = []
  /** Why we ended it ourselves. */
  stopped: OvngwError | undefined
  /** Why it never started. */
  failure: NodeJS.ErrnoException | undefined
  overflow = false

  constructor(argv: readonly string[], maxBytes: number) {
    this.#argv = argv
    this.#maxBytes = maxBytes
  }

  /** In place of node's spawn: zx's command line is dropped, the argv is used. */
  readonly spawn = ((_line: string, _args: unknown, options: object) => {
    const [bin = '', ...args] = this.#argv
    const child = this.#start(bin, args, options)
    this.#process = child
    child.on('error', (error: NodeJS.ErrnoException) => {
      this.failure ??= error
    })
    // A tool that does not read its input closes the pipe: that is its right.
    child.stdin?.on('error', () => undefined)
    child.stdout?.on('data', (chunk: Buffer) => this.#keep(this.#stdout, chunk))
    child.stderr?.on('data', (chunk: Buffer) => this.#keep(this.#stderr, chunk))
    return child
  }) as typeof spawn

  #start(bin: string, args: string[], options: object): ChildProcess {
    try {
      return spawn(bin, args, { ...options, shell: false, signal: undefined })
    } catch (error) {
      // For instance a NUL byte in an argument. zx would swallow it and answer without an exit code.
      this.failure = error instanceof Error ? error : new Error(String(error))
      throw error
    }
  }

  stop(error: OvngwError): void {
    this.stopped ??= error
    this.#kill()
  }

  /** Decoded as a whole: zx decodes chunk by chunk, which breaks a character that lies across two. */
  output(): { stdout: string; stderr: string } {
    return { stdout: Buffer.concat(this.#stdout).toString('utf8'), stderr: Buffer.concat(this.#stderr).toString('utf8') }
  }

  #keep(to: Buffer[], chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes <= this.#maxBytes) to.push(chunk)
    else if (!this.overflow) {
      this.overflow = true
      this.#kill()
    }
  }

  #kill(): void {
    const child = this.#process
    if (child?.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // gone already
    }
    // Someone who left the group may still hold the pipes: do not wait for them.
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
}

function judge(job: Job, child: Child, output: Output, killedBy: NodeJS.Signals | null): Output {
  const what = `cannot run ${job.argv[0] ?? ''} on ${job.where}`
  if (child.failure !== undefined) {
    const absent = child.failure.code === 'ENOENT'
    const why = absent ? 'no such program on PATH' : child.failure.code === 'EACCES' ? 'it is not executable' : child.failure.message
    throw new OvngwError('NOT_RUN', { what, why, hint: absent ? installHint(job.argv[0] ?? '') : undefined, cause: child.failure })
  }
  if (child.overflow) {
    throw new OvngwError('PARSE', {
      what: `${show(job.command)} on ${job.where} printed more than ${job.options.maxBytes ?? MAX_BYTES} bytes`,
      why: 'a cut answer would be a wrong answer',
    })
  }
  if (child.stopped !== undefined) throw child.stopped
  if (killedBy !== null)
    throw new OvngwError('NOT_RUN', {
      what: `${show(job.command)} on ${job.where} was killed by ${killedBy ?? 'something'}`,
      why: 'it is not known what it did before',
    })
  return outsideOnly(job, output)
}

/** `ip netns exec` reports its own failure as the tool's exit code; a tool that did not start is an error, not a code (iproute2 lib/exec.c, namespace.c). */
function outsideOnly(job: Job, output: Output): Output {
  if (output.code === 0 || job.prefix[0] !== 'ip' || job.prefix[1] !== 'netns') return output
  const absent = /^exec of "(.*)" failed: (.*)$/.exec(output.stderr.trim())
  if (absent) throw new OvngwError('NOT_RUN', { what: `cannot run ${job.command.bin} in ${job.where}`, why: absent[2], hint: installHint(job.command.bin) })
  const closed = /^Cannot open network namespace "(.*)": (.*)$/.exec(output.stderr.trim())
  if (closed) throw new OvngwError('NOT_RUN', { what: `cannot enter network namespace ${closed[1]}`, why: closed[2], hint: 'see: ip netns list' })
  return output
}

const tooLate = (job: Job, timeoutMs: number): OvngwError =>
  new OvngwError('TIMED_OUT', {
    what: `${show(job.command)} on ${job.where} did not end in ${timeoutMs / 1_000} s`,
    why: 'it was killed with all its children',
    hint: `try it by hand: ${show({ ...job.command, bin: job.argv[0] ?? '', args: job.argv.slice(1) })}`,
  })
