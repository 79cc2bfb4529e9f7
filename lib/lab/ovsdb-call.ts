/** One transaction with an ovsdb-server over its socket (RFC 7047, 4.1.3): ovsdb-client takes it as one argument, of 128 KiB at most. */
import { connect } from 'node:net'
import { OvngwError } from '../kernel/errors.ts'
import type { Json } from '../kernel/json.ts'

const PATIENCE = 10_000

type Reply = { readonly id?: Json; readonly result?: Json; readonly error?: Json; readonly method?: string }

/** `result` of the reply. @throws OvngwError COMMAND when the server refuses, goes away or does not answer within 10 s */
export function transaction(socket: string, params: readonly Json[]): Promise<Json> {
  const { promise, resolve, reject } = Promise.withResolvers<Json>()
  const wire = connect(socket)
  const fail = (why: string): void => reject(new OvngwError('COMMAND', { what: `no answer to a transaction at ${socket}`, why }))
  let text = ''
  wire.setEncoding('utf8').setTimeout(PATIENCE, () => wire.destroy(new Error(`silent for ${PATIENCE / 1000} s`)))
  wire.on('error', (error) => fail(error.message)).on('close', () => fail('the connection was closed'))
  wire.on('data', (chunk) => {
    text += String(chunk)
    const reply = text.endsWith('}') ? whole(text) : undefined
    if (reply === undefined) return
    if (reply.error != null) fail(JSON.stringify(reply.error))
    resolve(reply.result ?? null)
    wire.destroy()
  })
  wire.write(JSON.stringify({ method: 'transact', params, id: 1 }))
  return promise
}

/** Undefined while it has not all come. */
function whole(text: string): Reply | undefined {
  try {
    return JSON.parse(text) as Reply
  } catch {
    return undefined
  }
}
