/** The talk on an open exec connection: channels apart, until the server closes. */
import type { Duplex } from 'node:stream'
import { type ExitStatus, parseExit } from './exit.ts'
import { closeFrame, dataFrame, FrameReader, type Message, pongFrame } from './frames.ts'

export interface Talk {
  readonly stdout: string
  readonly stderr: string
  /** Undefined: the connection ended before the server said how the command did. */
  readonly status: ExitStatus | undefined
  readonly overflow: boolean
  /** Why the connection broke, when it did. */
  readonly fault: string | undefined
}

interface TalkOptions {
  readonly stdin: string | undefined
  readonly maxBytes: number
  readonly signal: AbortSignal
}

const STDIN = 0
const STDOUT = 1
const STDERR = 2
const STATUS = 3
const END = 255
const CHUNK = 32 * 1024

/** Never rejects; ends when the server closes, the socket breaks, the output is too much or `signal` aborts. */
export function converse(socket: Duplex, { stdin, maxBytes, signal }: TalkOptions): Promise<Talk> {
  const reader = new FrameReader()
  const channels: Buffer[][] = [[], [], [], []]
  let bytes = 0
  let overflow = false

  return new Promise((done) => {
    const text = (channel: number): string => Buffer.concat(channels[channel] ?? []).toString('utf8')
    const finish = (whole: boolean, fault?: string): void => {
      signal.removeEventListener('abort', onAbort)
      socket.destroy()
      // The Status may overtake output on another channel: only an orderly end makes the output whole.
      done({ stdout: text(STDOUT), stderr: text(STDERR), status: whole && !overflow ? parseExit(text(STATUS)) : undefined, overflow, fault })
    }
    const onAbort = (): void => finish(false, 'aborted')
    const onData = (data: Buffer): void => {
      const channel = data[0] ?? END
      if (channel !== STDOUT && channel !== STDERR && channel !== STATUS) return
      if (channel !== STATUS) bytes += data.length - 1
      overflow = bytes > maxBytes
      if (overflow) finish(false)
      else channels[channel]?.push(data.subarray(1))
    }
    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('error', (error) => finish(false, error.message))
    socket.on('end', () => finish(true))
    socket.on('close', () => finish(false, 'closed'))
    const onMessage = (message: Message): void => {
      if (message.kind === 'data') onData(message.data)
      else if (message.kind === 'ping') socket.write(pongFrame(message.data))
      else {
        socket.end(closeFrame())
        finish(true, message.code === 1000 ? undefined : `${message.code} ${message.reason}`)
      }
    }
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const message of reader.push(chunk)) onMessage(message)
      } catch (error) {
        finish(false, error instanceof Error ? error.message : 'bad frame')
      }
    })
    if (signal.aborted) onAbort()
    else if (stdin !== undefined) sendStdin(socket, Buffer.from(stdin))
  })
}

function sendStdin(socket: Duplex, all: Buffer): void {
  for (let at = 0; at < all.length; at += CHUNK) socket.write(dataFrame(Buffer.concat([Buffer.from([STDIN]), all.subarray(at, at + CHUNK)])))
  socket.write(dataFrame(Buffer.from([END, STDIN])))
}
