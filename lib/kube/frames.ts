/** WebSocket frames (RFC 6455 §5): what exec needs, no more. Pure: bytes in, messages out. */
import { randomBytes } from 'node:crypto'

export type Message =
  | { readonly kind: 'data'; readonly data: Buffer }
  | { readonly kind: 'ping'; readonly data: Buffer }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string }

const CONTINUE = 0
const TEXT = 1
const BINARY = 2
const CLOSE = 8
const PING = 9
const PONG = 10
/** More in one frame than any Kubernetes component sends (32 kB); guards memory against a broken peer. */
const MAX_FRAME = 32 * 1024 * 1024

/** Puts chunks of a stream back into messages. @throws Error on anything the RFC forbids a server to send */
export class FrameReader {
  #chunks: Buffer[] = []
  #size = 0
  #parts: Buffer[] = []

  push(chunk: Buffer): Message[] {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    const messages: Message[] = []
    for (;;) {
      const frame = this.#next()
      if (frame === undefined) return messages
      const message = this.#message(frame)
      if (message !== undefined) messages.push(message)
    }
  }

  #next(): { final: boolean; opcode: number; data: Buffer } | undefined {
    if (this.#size < 2) return undefined
    const first = this.#peek(Math.min(this.#size, 10))
    const [head = 0, second = 0] = first
    if ((head & 0x70) !== 0 || (second & 0x80) !== 0) throw new Error('a frame with reserved bits or a mask')
    const short = second & 0x7f
    const header = short < 126 ? 2 : short === 126 ? 4 : 10
    if (this.#size < header) return undefined
    const length = short < 126 ? short : short === 126 ? first.readUInt16BE(2) : Number(first.readBigUInt64BE(2))
    if (length > MAX_FRAME) throw new Error(`a frame of ${length} bytes`)
    if (this.#size < header + length) return undefined
    const all = this.#peek(header + length)
    this.#drop(header + length)
    return { final: (head & 0x80) !== 0, opcode: head & 0x0f, data: all.subarray(header, header + length) }
  }

  #message({ final, opcode, data }: { final: boolean; opcode: number; data: Buffer }): Message | undefined {
    if (opcode === PING) return { kind: 'ping', data }
    if (opcode === PONG) return undefined
    if (opcode === CLOSE) return { kind: 'close', code: data.length >= 2 ? data.readUInt16BE(0) : 1005, reason: data.subarray(2).toString() }
    if (opcode !== CONTINUE && opcode !== TEXT && opcode !== BINARY) throw new Error(`a frame of unknown type ${opcode}`)
    if ((opcode === CONTINUE) !== this.#parts.length > 0) throw new Error('fragments out of order')
    this.#parts.push(data)
    if (!final) return undefined
    const whole = this.#parts.length === 1 ? data : Buffer.concat(this.#parts)
    this.#parts = []
    return { kind: 'data', data: whole }
  }

  /** The first `length` bytes at least, as one buffer; chunks are joined only when a frame spans them. */
  #peek(length: number): Buffer {
    const [first] = this.#chunks
    if (first !== undefined && first.length >= length) return first
    const joined = Buffer.concat(this.#chunks)
    this.#chunks = [joined]
    return joined
  }

  #drop(length: number): void {
    const rest = this.#peek(length).subarray(length)
    this.#size -= length
    this.#chunks = rest.length > 0 ? [rest, ...this.#chunks.slice(1)] : this.#chunks.slice(1)
  }
}

/** A masked client frame. */
function frame(opcode: number, data: Buffer): Buffer {
  const extra = data.length < 126 ? 0 : data.length < 65_536 ? 2 : 8
  const out = Buffer.alloc(6 + extra + data.length)
  out[0] = 0x80 | opcode
  out[1] = 0x80 | (extra === 0 ? data.length : extra === 2 ? 126 : 127)
  if (extra === 2) out.writeUInt16BE(data.length, 2)
  if (extra === 8) out.writeBigUInt64BE(BigInt(data.length), 2)
  const at = 2 + extra
  const mask = randomBytes(4)
  mask.copy(out, at)
  for (let i = 0; i < data.length; i++) out[at + 4 + i] = (data[i] ?? 0) ^ (mask[i & 3] ?? 0)
  return out
}

export const dataFrame = (data: Buffer): Buffer => frame(BINARY, data)
export const pongFrame = (data: Buffer): Buffer => frame(PONG, data)
export const closeFrame = (): Buffer => frame(CLOSE, Buffer.from([0x03, 0xe8]))
