/**
 * Opens a WebSocket through an undici dispatcher (same TLS, proxy and session cache as all other calls). Not undici's own WebSocket
 * class: that one hides why a server refused the upgrade, and offers no way to drop a connection that went silent.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'

export type Opened =
  | { readonly kind: 'open'; readonly socket: Duplex; readonly protocol: string }
  | { readonly kind: 'refused'; readonly code: number; readonly text: string }

interface Ask {
  readonly url: URL
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly protocols: readonly string[]
  readonly signal: AbortSignal
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** @throws the network's error; an answer other than 101 is a value (`refused`, with the server's text) */
export function openWebSocket(dispatcher: Dispatcher, ask: Ask): Promise<Opened> {
  const key = randomBytes(16).toString('base64')
  const headers = { ...ask.headers, 'sec-websocket-key': key, 'sec-websocket-version': '13', 'sec-websocket-protocol': ask.protocols.join(', ') }
  return new Promise((done, fail) => {
    let code = 0
    let cancel: (() => void) | undefined
    const body: Buffer[] = []
    // Rejects at once: undici hands out the way to stop a request only when the connection stands.
    const onAbort = (): void => {
      fail(new Error('aborted'))
      cancel?.()
    }
    ask.signal.addEventListener('abort', onAbort, { once: true })
    const settled = (): void => ask.signal.removeEventListener('abort', onAbort)
    dispatcher.dispatch(
      { origin: ask.url.origin, path: `${ask.url.pathname}${ask.url.search}`, method: 'GET', headers, upgrade: 'websocket', headersTimeout: 30_000 },
      {
        onRequestStart: (controller) => {
          cancel = () => controller.abort(new Error('aborted'))
          if (ask.signal.aborted) cancel()
        },
        onRequestUpgrade: (_controller, _status, answer, socket) => {
          settled()
          const wrong = ask.signal.aborted ? 'aborted' : handshakeFault(key, answer, ask.protocols)
          if (wrong === undefined) return done({ kind: 'open', socket, protocol: String(answer['sec-websocket-protocol']) })
          socket.destroy()
          fail(new Error(wrong))
        },
        onResponseStart: (_controller, status) => {
          code = status
        },
        onResponseData: (_controller, chunk) => {
          body.push(chunk)
        },
        onResponseEnd: () => {
          settled()
          done({ kind: 'refused', code, text: Buffer.concat(body).toString() })
        },
        onResponseError: (_controller, error) => {
          settled()
          fail(error)
        },
      },
    )
  })
}

/** RFC 6455 §4.1: what makes an answer no WebSocket. */
function handshakeFault(key: string, answer: IncomingHttpHeaders, protocols: readonly string[]): string | undefined {
  const want = createHash('sha1').update(`${key}${GUID}`).digest('base64')
  if (answer['sec-websocket-accept'] !== want) return 'the server answered the WebSocket handshake with a wrong key'
  const chosen = answer['sec-websocket-protocol']
  return typeof chosen === 'string' && protocols.includes(chosen) ? undefined : `the server speaks none of ${protocols.join(', ')}`
}
