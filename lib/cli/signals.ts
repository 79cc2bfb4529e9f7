/**
 * Two-stage Ctrl-C (architecture.md, law 14). The first SIGINT, SIGTERM or SIGHUP aborts: what is in flight ends, then is undone. The
 * second leaves at once with 130; the journal is on disk, so `resume` and `rollback` work.
 */
import { writeSync } from 'node:fs'
import { OvngwError } from '../kernel/errors.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export interface Interrupts {
  readonly signal: AbortSignal
  [Symbol.dispose](): void
}

const SHOW_CURSOR = '\u001b[?25h'

/** To the terminal itself: while a board is drawn, listr2 keeps back what is written to process.stdout. */
function tell(text: string): void {
  try {
    if (process.stdout.isTTY === true) writeSync(process.stdout.fd, text)
  } catch {
    // the terminal is gone (SIGHUP)
  }
}

/** Leaves the terminal as a shell expects it: cursor shown, line mode and echo on. Safe to call twice, or without a terminal. */
export function restoreTerminal(): void {
  try {
    if (process.stdin.isTTY === true && process.stdin.isRaw) process.stdin.setRawMode(false)
    tell(SHOW_CURSOR)
  } catch {
    // the terminal is gone (SIGHUP): nothing to restore
  }
}

export function listenForInterrupts(): Interrupts {
  const controller = new AbortController()
  const handle = (name: string): void => {
    if (controller.signal.aborted) {
      restoreTerminal()
      // the cursor stands behind whatever was being drawn, and behind the terminal's own ^C
      tell('\nleft at once: `ovngw history` says what is unfinished\n')
      process.exit(130)
    }
    controller.abort(new OvngwError('CANCELLED', { what: `stopped by ${name === 'SIGINT' ? 'Ctrl-C' : name}` }))
  }
  for (const name of SIGNALS) process.on(name, handle)
  process.on('exit', restoreTerminal)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of SIGNALS) process.off(name, handle)
      process.off('exit', restoreTerminal)
    },
  }
}

/** `signal`, ended also by `--timeout` with TIMED_OUT. */
export function deadline(signal: AbortSignal, ms: number | undefined): { readonly signal: AbortSignal; [Symbol.dispose](): void } {
  if (ms === undefined) return { signal, [Symbol.dispose]: () => undefined }
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(new OvngwError('TIMED_OUT', { what: `not finished within --timeout ${ms / 1000}s` })), ms)
  return { signal: AbortSignal.any([signal, controller.signal]), [Symbol.dispose]: () => clearTimeout(timer) }
}
