/** DIR/controller.log in klog's form, so that a reader of Kube-OVN's log finds the same lines: `I1122 23:51:42.184081   12502 external_gw.go:92] text`. */
import { createWriteStream } from 'node:fs'

export interface Log {
  /** `from`: source file and line as Kube-OVN prints them. */
  info(from: string, text: string): void
  warn(from: string, text: string): void
  error(from: string, text: string): void
  close(): Promise<void>
}

export function klog(write: (line: string) => void, pid: number, now: () => Date = () => new Date()): Omit<Log, 'close'> {
  const line =
    (severity: string) =>
    (from: string, text: string): void => {
      const t = now()
      const two = (n: number): string => String(n).padStart(2, '0')
      const clock = `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}.${String(t.getMilliseconds()).padStart(3, '0')}000`
      write(`${severity}${two(t.getMonth() + 1)}${two(t.getDate())} ${clock} ${String(pid).padStart(7)} ${from}] ${text}\n`)
    }
  return { info: line('I'), warn: line('W'), error: line('E') }
}

export function fileLog(path: string): Log {
  const out = createWriteStream(path, { flags: 'a' })
  out.on('error', () => undefined) // the lab removed its folder under us: nothing is left to log to
  const log = klog((text) => void out.write(text), process.pid)
  return { ...log, close: () => new Promise((done) => out.end(() => done())) }
}
