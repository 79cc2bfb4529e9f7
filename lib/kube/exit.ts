/** How a remote command ended: the Status on the error channel of the exec protocol. */
import type { Status } from './errors.ts'

export interface ExitStatus extends Status {
  readonly status: 'Success' | 'Failure'
}

export type Ending =
  | { readonly kind: 'exit'; readonly code: number }
  /** The tool was not started: not there, not allowed, no such container. */
  | { readonly kind: 'not-started'; readonly message: string }
  /** Something between the API server and the tool failed. */
  | { readonly kind: 'broken'; readonly message: string }

/** The text of the error channel; kubelets leave out `kind`. Undefined when it is no Status. */
export function parseExit(text: string): ExitStatus | undefined {
  try {
    const value = JSON.parse(text) as { status?: unknown } | null
    return value?.status === 'Success' || value?.status === 'Failure' ? (value as ExitStatus) : undefined
  } catch {
    return undefined
  }
}

/**
 * kubelet: reason NonZeroExitCode, the code in `details.causes` (k8s.io/apimachinery remotecommand). KWOK and old runtimes: InternalError with
 * `command terminated with exit code N` or `exit status N` at the end of the message (reality.md).
 */
export function ending(status: ExitStatus): Ending {
  if (status.status === 'Success') return { kind: 'exit', code: 0 }
  const message = status.message ?? status.reason ?? 'no reason given'
  const cause = status.details?.causes?.find((c) => c.reason === 'ExitCode')?.message
  const code =
    status.reason === 'NonZeroExitCode' ? cause : /(?:command terminated with (?:non-zero exit code: )?exit code|exit status) (\d{1,3})\s*$/.exec(message)?.[1]
  if (code !== undefined && /^\d{1,3}$/.test(code)) return { kind: 'exit', code: Number(code) }
  const absent = /executable file not found|no such file or directory|permission denied|container not found|not found in pod|exec failed/i.test(message)
  return { kind: absent ? 'not-started' : 'broken', message }
}
