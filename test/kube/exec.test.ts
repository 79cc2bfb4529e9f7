import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { converse } from '../../lib/kube/exec-stream.ts'
import { ending, parseExit } from '../../lib/kube/exit.ts'
import { dataFrame, FrameReader } from '../../lib/kube/frames.ts'

/** A server's frame: not masked. */
function serverFrame(opcode: number, data: Buffer, final = true): Buffer {
  const length =
    data.length < 126
      ? Buffer.from([data.length])
      : data.length < 65_536
        ? Buffer.from([126, data.length >> 8, data.length & 255])
        : Buffer.concat([Buffer.from([127, 0, 0, 0, 0]), u32(data.length)])
  return Buffer.concat([Buffer.from([(final ? 0x80 : 0) | opcode]), length, data])
}
const u32 = (n: number): Buffer => {
  const out = Buffer.alloc(4)
  out.writeUInt32BE(n)
  return out
}
const channel = (n: number, text: string): Buffer => serverFrame(2, Buffer.concat([Buffer.from([n]), Buffer.from(text)]))

describe('frames', () => {
  test('messages come out as they went in, however the stream is cut and fragmented', () => {
    const message = fc.uint8Array({ minLength: 0, maxLength: 300 }).map((a) => Buffer.from(a))
    const big = fc.constantFrom(125, 126, 65_535, 65_536, 70_000).map((n) => Buffer.alloc(n, 7))
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 9, arbitrary: message }, { weight: 1, arbitrary: big }), { maxLength: 8 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 5_000 })),
        fc.boolean(),
        (messages, cuts, fragment) => {
          const stream = Buffer.concat(
            messages.flatMap((m) => {
              if (!fragment || m.length < 2) return [serverFrame(2, m)]
              const middle = m.length >> 1
              return [serverFrame(2, m.subarray(0, middle), false), serverFrame(9, Buffer.from('ping')), serverFrame(0, m.subarray(middle))]
            }),
          )
          const reader = new FrameReader()
          const out: Buffer[] = []
          for (let at = 0; at < stream.length; ) {
            const size = cuts.next().value ?? 1
            for (const m of reader.push(stream.subarray(at, at + size))) if (m.kind === 'data') out.push(m.data)
            at += size
          }
          expect(out.map((b) => b.toString('hex'))).toEqual(messages.map((b) => b.toString('hex')))
        },
      ),
      { numRuns: 60 },
    )
  })

  test('our frames are masked, and unmask to what was sent, at every length form', () => {
    for (const length of [0, 1, 125, 126, 65_535, 65_536]) {
      const data = Buffer.from(Array.from({ length }, (_, i) => i & 255))
      const frame = dataFrame(data)
      expect(frame[0]).toBe(0x82)
      expect((frame[1] ?? 0) & 0x80).toBe(0x80)
      const mask = frame.subarray(frame.length - length - 4, frame.length - length)
      const body = frame.subarray(frame.length - length).map((b, i) => b ^ (mask[i & 3] ?? 0))
      expect(Buffer.from(body).equals(data)).toBe(true)
    }
  })

  test.each([
    ['a masked frame', Buffer.from([0x82, 0x81, 1, 2, 3, 4, 5])],
    ['reserved bits', Buffer.from([0xc2, 0x00])],
    ['an unknown type', Buffer.from([0x83, 0x00])],
    ['a continuation of nothing', serverFrame(0, Buffer.from('x'))],
    ['a frame of 2^40 bytes', Buffer.from([0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0])],
  ])('%s is refused', (_what, bytes) => {
    expect(() => new FrameReader().push(bytes)).toThrow()
  })
})

describe('how it ended', () => {
  const failure = (reason: string, message: string, cause?: string) => ({
    status: 'Failure' as const,
    reason,
    message,
    ...(cause === undefined ? {} : { details: { causes: [{ reason: 'ExitCode', message: cause }] } }),
  })
  test.each([
    ['success', { status: 'Success' as const }, { kind: 'exit', code: 0 }],
    ['kubelet', failure('NonZeroExitCode', 'command terminated with non-zero exit code: exit status 7', '7'), { kind: 'exit', code: 7 }],
    ['kubelet, killed', failure('NonZeroExitCode', 'command terminated with non-zero exit code', '137'), { kind: 'exit', code: 137 }],
    [
      'old runtime',
      failure('InternalError', 'Internal error occurred: error executing command in container: command terminated with exit code 2'),
      { kind: 'exit', code: 2 },
    ],
    ['KWOK', failure('InternalError', 'Internal error occurred: exit status 3'), { kind: 'exit', code: 3 }],
  ])('%s', (_who, status, end) => {
    expect(ending(status)).toEqual(end)
  })

  test.each([
    ['not-started', 'Internal error occurred: exec: "ovn-nbctl": executable file not found in $PATH'],
    ['not-started', 'Internal error occurred: unable to upgrade connection: container not found ("c")'],
    ['broken', 'Internal error occurred: error dialing backend: dial tcp 10.0.0.1:10250: connect: connection refused'],
    ['broken', 'exit status 3 was not what we meant'],
  ])('%s: %s', (kind, message) => {
    expect(ending(failure('InternalError', message))).toEqual({ kind, message })
  })

  test('a code that is no number is not a code', () => {
    expect(ending(failure('NonZeroExitCode', 'odd', 'seven'))).toMatchObject({ kind: 'broken' })
    expect(parseExit('')).toBeUndefined()
    expect(parseExit('null')).toBeUndefined()
    expect(parseExit('{"status":"Maybe"}')).toBeUndefined()
  })
})

describe('the talk', () => {
  const talk = (write: (server: PassThrough) => void, stdin?: string) => {
    const server = new PassThrough()
    const sent: Buffer[] = []
    const socket = Object.assign(server, { write: PassThrough.prototype.write.bind(server) })
    const fake = new Proxy(socket, {
      get: (target, key) => {
        if (key === 'write' || key === 'end') return (data?: Buffer) => (data === undefined ? true : sent.push(data) > 0)
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const done = converse(fake, { stdin, maxBytes: 100, signal: new AbortController().signal })
    write(server)
    return { done, sent }
  }

  test('output that comes after the Status still belongs to the answer', async () => {
    const { done } = talk((server) => {
      server.write(channel(3, '{"status":"Success"}'))
      server.write(channel(1, 'late'))
      server.write(serverFrame(8, Buffer.from([3, 232])))
    })
    expect(await done).toMatchObject({ stdout: 'late', status: { status: 'Success' } })
  })

  test('a Status without an orderly end is not believed: output may be missing', async () => {
    const { done } = talk((server) => {
      server.write(channel(3, '{"status":"Success"}'))
      server.destroy(new Error('reset'))
    })
    expect(await done).toMatchObject({ status: undefined, fault: 'reset' })
  })

  test('a broken frame ends it', async () => {
    const { done } = talk((server) => server.write(Buffer.from([0xff, 0xff])))
    expect(await done).toMatchObject({ status: undefined, fault: expect.stringContaining('reserved') })
  })

  test('stdin is sent and its end is told', async () => {
    const { done, sent } = talk((server) => server.write(serverFrame(8, Buffer.from([3, 232]))), 'hi')
    await done
    const unmasked = sent.map((f) => Buffer.from(f.subarray(6).map((b, i) => b ^ (f[2 + (i & 3)] ?? 0))))
    expect(unmasked.slice(0, 2)).toEqual([Buffer.from('\0hi'), Buffer.from([255, 0])])
  })
})
