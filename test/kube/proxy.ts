/**
 * An HTTPS server in front of a real API server that forwards everything (watches and exec too) and breaks what it is told to break.
 * It signs in upstream with the admin certificate of `certs`, so its clients need no credential of their own.
 */
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { createServer, request as forward, type RequestOptions, type ServerOptions } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'

export type Fault =
  /** Answered here, never forwarded. */
  | { readonly kind: 'answer'; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** The connection is reset before the request goes on. */
  | { readonly kind: 'reset' }
  /** Forwarded and done, but the answer is lost. */
  | { readonly kind: 'lose-answer' }
  /** Forwarded; the connection is reset after so many bytes of the answer's body. */
  | { readonly kind: 'cut-answer'; readonly afterBytes: number }
  /** Nothing happens until the client gives up. */
  | { readonly kind: 'hang' }

export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
}

export interface FaultProxy {
  readonly url: string
  /** What was asked, upgrades too, in order. */
  readonly requests: readonly Seen[]
  /** TLS connections accepted so far. */
  connections: number
  /** TLS connections of those that resumed an earlier session. */
  resumed: number
  /** Looked at for every request. */
  fault: (request: Seen) => Fault | undefined
  /** Bytes of an upgraded connection, server to client, after which it is reset. */
  cutUpgradeAfter: number | undefined
  /** New connections are closed at once while true. */
  down: boolean
  /** Resets every connection there is. */
  cut(): void
  close(): Promise<void>
}

/** `faults` one after the other, for requests that `match`; then none. */
export function inTurn(faults: readonly (Fault | undefined)[], match: (request: Seen) => boolean = () => true): FaultProxy['fault'] {
  let next = 0
  return (request) => (match(request) ? faults[next++] : undefined)
}

export interface ProxyOptions {
  readonly upstream: string
  /** Folder with ca.crt, admin.crt/.key (lib/lab/certs.ts). */
  readonly certs: string
  /** Server certificate to show; default that of the API server. */
  readonly tls?: Pick<ServerOptions, 'cert' | 'key'>
}

export async function startProxy({ upstream, certs, tls }: ProxyOptions): Promise<FaultProxy> {
  const file = (name: string): Promise<Buffer> => readFile(join(certs, name))
  const [ca, cert, key, serverCert, serverKey] = await Promise.all(['ca.crt', 'admin.crt', 'admin.key', 'server.crt', 'server.key'].map(file))
  const sockets = new Set<Socket>()
  const requests: Seen[] = []
  const server = createServer({ cert: serverCert, key: serverKey, ...tls })
  const proxy: FaultProxy = {
    url: '',
    requests,
    connections: 0,
    resumed: 0,
    fault: () => undefined,
    cutUpgradeAfter: undefined,
    down: false,
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    close: async () => {
      proxy.cut()
      await new Promise((done) => server.close(done))
    },
  }
  const see = (req: IncomingMessage): { seen: Seen; fault: Fault | undefined } => {
    const seen = { method: req.method ?? '', url: req.url ?? '', headers: req.headers }
    requests.push(seen)
    return { seen, fault: proxy.fault(seen) }
  }
  const onward = (req: IncomingMessage): RequestOptions => ({
    ca,
    cert,
    key,
    method: req.method,
    headers: { ...req.headers, host: new URL(upstream).host },
    agent: false,
  })

  server.on('connection', (socket: Socket) => {
    if (proxy.down) socket.resetAndDestroy()
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
  })
  server.on('secureConnection', (socket) => {
    proxy.connections++
    if (socket.isSessionReused()) proxy.resumed++
  })
  server.on('tlsClientError', () => undefined)
  server.on('request', (req, res) => {
    const { fault } = see(req)
    if (fault?.kind === 'hang') return
    if (fault?.kind === 'reset') return void req.socket.destroy()
    if (fault?.kind === 'answer') {
      req.resume()
      res.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers }).end(fault.body ?? '')
      return
    }
    const up = forward(`${upstream}${req.url ?? ''}`, onward(req), (answer) => {
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
    })
    up.on('error', () => req.socket.destroy())
    res.on('close', () => up.destroy())
    req.pipe(up)
  })
  server.on('upgrade', (req: IncomingMessage, client: Duplex, head: Buffer) => {
    const { fault } = see(req)
    client.on('error', () => undefined)
    if (fault?.kind === 'hang') return
    if (fault?.kind === 'answer')
      return void client.end(`HTTP/1.1 ${fault.status} X\r\ncontent-length: ${Buffer.byteLength(fault.body ?? '')}\r\n\r\n${fault.body ?? ''}`)
    if (fault !== undefined) return void client.destroy()
    const up = forward(`${upstream}${req.url ?? ''}`, onward(req))
    up.on('upgrade', (answer, server, first: Buffer) => {
      const lines = Object.entries(answer.headers).map(([k, v]) => `${k}: ${String(v)}\r\n`)
      client.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`)
      let bytes = 0
      const pass = (chunk: Buffer): void => {
        bytes += chunk.length
        if (proxy.cutUpgradeAfter !== undefined && bytes > proxy.cutUpgradeAfter) {
          client.destroy()
          server.destroy()
        } else client.write(chunk)
      }
      if (first.length > 0) pass(first)
      server
        .on('data', pass)
        .on('end', () => client.end())
        .on('error', () => client.destroy())
      if (head.length > 0) server.write(head)
      client.pipe(server)
      client.on('close', () => server.destroy())
    })
    up.on('response', (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (chunk: Buffer) => parts.push(chunk))
      answer.on('end', () => {
        const body = Buffer.concat(parts)
        client.write(`HTTP/1.1 ${answer.statusCode ?? 502} X\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`)
        client.end(body)
      })
    })
    up.on('error', () => client.destroy())
    up.end()
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  Object.assign(proxy, { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` })
  return proxy
}
