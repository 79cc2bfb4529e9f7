/** How the fault proxy passes one request or one upgraded connection on, faults included. `up` is the request to the real server, not yet ended. */
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Fault } from './proxy.ts'

export function passRequest(fault: Fault | undefined, up: ClientRequest, req: IncomingMessage, res: ServerResponse): void {
  up.on('error', () => (fault === undefined ? req.socket.destroy() : undefined))
  if (fault?.kind === 'hang' || fault?.kind === 'reset' || fault?.kind === 'answer') {
    up.destroy()
    if (fault.kind === 'reset') req.socket.destroy()
    if (fault.kind !== 'answer') return
    req.resume()
    res.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers }).end(fault.body ?? '')
    return
  }
  up.on('response', (answer) => passAnswer(fault, answer, req, res))
  if (fault?.kind === 'hold') {
    const body: Buffer[] = []
    req.on('data', (chunk: Buffer) => body.push(chunk)).on('end', () => void fault.until.then(() => up.end(Buffer.concat(body))))
    return
  }
  res.on('close', () => up.destroy())
  req.pipe(up)
}

function passAnswer(fault: Fault | undefined, answer: IncomingMessage, req: IncomingMessage, res: ServerResponse): void {
  if (fault?.kind === 'lose-answer') {
    answer.resume()
    answer.on('end', () => req.socket.destroy())
    return
  }
  res.writeHead(answer.statusCode ?? 502, answer.headers)
  res.flushHeaders()
  let bytes = 0
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (fault?.kind !== 'cut-answer' || bytes <= fault.afterBytes) return void res.write(chunk)
    res.write(chunk.subarray(0, chunk.length - (bytes - fault.afterBytes)), () => req.socket.destroy())
    answer.destroy()
  })
  answer.on('end', () => res.end())
  answer.on('error', () => req.socket.destroy())
}

interface Upgrade {
  readonly client: Duplex
  readonly head: Buffer
  /** Bytes server to client after which both sides are dropped, asked at every chunk. */
  readonly cutAfter: () => number | undefined
}

export function passUpgrade(fault: Fault | undefined, up: ClientRequest, { client, head, cutAfter }: Upgrade): void {
  up.on('error', () => (fault === undefined ? client.destroy() : undefined))
  client.on('error', () => undefined)
  if (fault !== undefined) {
    up.destroy()
    if (fault.kind === 'answer') answerRaw(client, fault.status, fault.body ?? '')
    else if (fault.kind !== 'hang') client.destroy()
    return
  }
  up.on('upgrade', (answer, server, first: Buffer) => {
    const lines = Object.entries(answer.headers).map(([k, v]) => `${k}: ${String(v)}\r\n`)
    client.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`)
    let bytes = 0
    const pass = (chunk: Buffer): void => {
      bytes += chunk.length
      const limit = cutAfter()
      if (limit === undefined || bytes <= limit) return void client.write(chunk)
      client.destroy()
      server.destroy()
    }
    if (first.length > 0) pass(first)
    server.on('data', pass)
    server.on('end', () => client.end())
    server.on('error', () => client.destroy())
    if (head.length > 0) server.write(head)
    client.pipe(server)
    client.on('close', () => server.destroy())
  })
  up.on('response', (answer) => {
    const parts: Buffer[] = []
    answer.on('data', (chunk: Buffer) => parts.push(chunk))
    answer.on('end', () => answerRaw(client, answer.statusCode ?? 502, Buffer.concat(parts).toString()))
  })
  up.end()
}

const answerRaw = (client: Duplex, status: number, body: string): void =>
  void client.end(`HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
