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
import { passRequest, passUpgrade } from './proxy-pass.ts'

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
  /** Forwarded once `until` resolves, even when the client is gone by then. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }

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
  const see = (req: IncomingMessage): Fault | undefined => {
    const seen = { method: req.method ?? '', url: req.url ?? '', headers: req.headers }
    requests.push(seen)
    return proxy.fault(seen)
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
  server.on('request', (req, res) => passRequest(see(req), forward(`${upstream}${req.url ?? ''}`, onward(req)), req, res))
  server.on('upgrade', (req: IncomingMessage, client: Duplex, head: Buffer) =>
    passUpgrade(see(req), forward(`${upstream}${req.url ?? ''}`, onward(req)), { client, head, cutAfter: () => proxy.cutUpgradeAfter }),
  )
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  Object.assign(proxy, { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` })
  return proxy
}
