/** A signal that aborts with `outer` or after `ms`; to be released, so that thousands of calls under one long-lived signal leave nothing behind (AbortSignal.any and .timeout do). */
export interface Deadline {
  readonly signal: AbortSignal
  /** The time ran out (and not `outer`). */
  readonly expired: () => boolean
  release(): void
}

export function deadline(outer: AbortSignal | undefined, ms: number): Deadline {
  const controller = new AbortController()
  let expired = false
  const onOuter = (): void => controller.abort(outer?.reason)
  const timer = setTimeout(() => {
    expired = true
    controller.abort()
  }, Math.ceil(ms))
  if (outer?.aborted) onOuter()
  else outer?.addEventListener('abort', onOuter, { once: true })
  return {
    signal: controller.signal,
    expired: () => expired,
    release: () => {
      clearTimeout(timer)
      outer?.removeEventListener('abort', onOuter)
    },
  }
}

/** What `promise` gives, or a rejection as soon as `signal` aborts: for work that cannot be stopped, such as a login plugin. */
export function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((done, fail) => {
    const onAbort = (): void => fail(new Error('aborted'))
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(done, fail).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
