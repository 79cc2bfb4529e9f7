/**
 * A Runner inside a container: exec over a WebSocket, v5.channel.k8s.io (one byte of channel, then data: 0 stdin, 1 stdout, 2 stderr,
 * 3 Status, 255 end of a channel). client-node's Exec is not used: it does not encode names, and a dropped socket never calls back.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { isError, OvngwError } from '../kernel/errors.ts'
import { type Command, type Output, type Runner, type RunOptions, show } from '../proc/command.ts'
import { deadline, orAbort } from './deadline.ts'
import { cancelled, type Doing, fromAnswer } from './errors.ts'
import { converse, type Talk } from './exec-stream.ts'
import { ending } from './exit.ts'
import { backoff } from './http.ts'
import { fromNetwork, isUnsent } from './network.ts'
import { objectPath, withQuery } from './paths.ts'
import { type ExecTarget, POD } from './port.ts'
import type { Session } from './session.ts'
import { openWebSocket } from './websocket.ts'

const MAX_BYTES = 64 * 1024 * 1024
const DEFAULT_MS = 15_000
const TRIES = 4

interface Job {
  readonly session: Session
  readonly target: ExecTarget
  readonly where: string
  readonly command: Command
  readonly options: RunOptions
  readonly doing: Doing
  readonly timeoutMs: number
}

/** What one attempt came to. `again`: the tool was certainly not started, or only reads. */
type Tried = { readonly ok: true; readonly output: Output } | { readonly ok: false; readonly error: OvngwError; readonly again: boolean }

export function podRunner(session: Session, target: ExecTarget): Runner {
  const where = `pod ${target.namespace}/${target.pod}`
  const doing: Doing = { verb: 'exec', resource: POD, ref: { name: target.pod, namespace: target.namespace } }
  return { where, run: (command, options = {}) => run({ session, target, where, command, options, doing, timeoutMs: options.timeoutMs ?? DEFAULT_MS }) }
}

async function run(job: Job): Promise<Output> {
  // A tool that writes goes on in its pod when we hang up, so it is waited for: an undo must not start while it is at work.
  const { signal } = job.options
  if (signal?.aborted) throw cancelled({ signal, doing: job.doing })
  const limit = deadline(job.command.effect === 'write' ? undefined : signal, job.timeoutMs)
  try {
    return await repeat(job, limit.signal)
  } finally {
    limit.release()
  }
}

async function repeat(job: Job, signal: AbortSignal): Promise<Output> {
  for (let tries = 1; ; tries++) {
    const tried = await attempt(job, signal).catch(
      (error: unknown): Tried => ({ ok: false, error: explain(job, error), again: isUnsent(error) || job.command.effect === 'read' }),
    )
    if (tried.ok) return tried.output
    stopIfAborted(job, signal)
    if (!tried.again || tries >= TRIES || !isError(tried.error, 'UNREACHABLE', 'NOT_RUN')) throw tried.error
    await pause(backoff(tries), undefined, { signal }).catch(() => stopIfAborted(job, signal))
  }
}

function stopIfAborted(job: Job, signal: AbortSignal): void {
  if (job.options.signal?.aborted) throw cancelled({ signal: job.options.signal, doing: job.doing })
  if (signal.aborted) {
    const what = `${show(job.command)} did not end in ${job.timeoutMs / 1_000} s`
    throw new OvngwError('TIMED_OUT', { what, why: `in ${job.where}; it may still be running there`, hint: kubectl(job) })
  }
}

async function attempt(job: Job, signal: AbortSignal): Promise<Tried> {
  const { session, target, command, options, doing } = job
  signal.throwIfAborted()
  const access = await orAbort(session.access(), signal)
  session.asked.commands++
  const { stdin } = options
  const query = {
    container: target.container,
    command: [command.bin, ...command.args],
    stdout: 'true',
    stderr: 'true',
    stdin: stdin === undefined ? undefined : 'true',
  }
  const path = withQuery(objectPath(POD, { name: target.pod, namespace: target.namespace }, 'exec'), query)
  // Before Kubernetes 1.30 there is v4 only, which cannot say that stdin ended.
  const protocols = stdin === undefined ? ['v5.channel.k8s.io', 'v4.channel.k8s.io'] : ['v5.channel.k8s.io']
  const opened = await openWebSocket(access.streams, { url: new URL(`${session.base}${path}`), headers: access.headers, protocols, signal })
  if (opened.kind === 'refused') {
    if (opened.code === 401) session.renew()
    const error = fromAnswer(session, doing, opened.code, opened.text, access.certificate)
    return { ok: false, error, again: opened.code === 429 || (opened.code >= 500 && command.effect === 'read') }
  }
  session.answered = true
  return judge(job, await converse(opened.socket, { stdin, maxBytes: options.maxBytes ?? MAX_BYTES, signal }))
}

function judge(job: Job, talk: Talk): Tried {
  const what = `cannot run ${show(job.command)} in ${job.where}`
  if (talk.overflow) {
    throw new OvngwError('PARSE', {
      what: `${show(job.command)} in ${job.where} printed more than ${job.options.maxBytes ?? MAX_BYTES} bytes`,
      why: 'a cut answer would be a wrong answer',
    })
  }
  if (talk.status === undefined) {
    const why = `the connection was lost before the exit code came${talk.fault === undefined ? '' : ` (${talk.fault})`}; it is not known whether the tool ran`
    return { ok: false, error: new OvngwError('NOT_RUN', { what, why }), again: job.command.effect === 'read' }
  }
  const end = ending(talk.status)
  if (end.kind === 'exit') return { ok: true, output: { stdout: talk.stdout, stderr: talk.stderr, code: end.code } }
  const why = talk.stderr.trim() === '' ? end.message : `${end.message}: ${talk.stderr.trim().split('\n')[0]}`
  const hint =
    end.kind === 'not-started' ? `is container ${job.target.container} the right one, and is ${job.command.bin} in its image? ${kubectl(job)}` : kubectl(job)
  return { ok: false, error: new OvngwError('NOT_RUN', { what, why, hint }), again: end.kind === 'broken' && job.command.effect === 'read' }
}

const explain = (job: Job, error: unknown): OvngwError => (isError(error) ? error : fromNetwork(job.session, job.doing, error))

const kubectl = ({ session, target, command }: Job): string =>
  `by hand: kubectl --context ${session.context} exec -n ${target.namespace} ${target.pod} -c ${target.container} -- ${show(command)}`
