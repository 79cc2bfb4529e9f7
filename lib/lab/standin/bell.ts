/** Wakes one loop: rung before or while it waits; rings between two waits count once. */
export class Bell {
  #rung = false
  #wake: (() => void) | undefined

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  /** Resolves true when rung, false after `ms` or when `signal` aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#rung && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      const timer = setTimeout(resolve, ms)
      const stop = (): void => resolve()
      signal.addEventListener('abort', stop, { once: true })
      await promise
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      this.#wake = undefined
    }
    const rung = this.#rung
    this.#rung = false
    return rung
  }
}
