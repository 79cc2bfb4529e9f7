/** The echo outside: being one, and asking one. */
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Answer } from '../diagnose/asker.ts'
import type { Echo } from '../diagnose/packets.ts'
import type { Site } from '../inventory/site.ts'
import { OvngwError } from '../kernel/errors.ts'
import { parseIpv4 } from '../net/ip.ts'
import type { App } from './app.ts'
import { listenForInterrupts } from './signals.ts'

const PROGRAM = new URL('../../templates/echo.mjs', import.meta.url)

interface Program {
  serve(port: number, cidrs: readonly string[]): Promise<{ readonly port: number; close(): void }>
}

/** Until Ctrl-C. @throws OvngwError USAGE when it cannot listen there */
export async function serveEcho(app: App, port: number, allow: readonly string[]): Promise<number> {
  using interrupts = listenForInterrupts()
  const { serve } = (await import(PROGRAM.href)) as Program
  const echo = await serve(port, allow).catch((cause: unknown) => {
    throw new OvngwError('USAGE', { what: `the echo cannot be on port ${port}`, why: cause instanceof Error ? cause.message : String(cause), cause })
  })
  app.err.write(`says who calls on TCP and UDP port ${echo.port}, until Ctrl-C; ${asks(allow)}\n`)
  app.err.write(`in the inventory: probe: { outside: [{ http: http://ADDRESS:${echo.port} }] }\n`)
  app.err.write(`on a host without ovngw, with a copy of ${fileURLToPath(PROGRAM)}: node echo.mjs ${echo.port}\n`)
  if (!interrupts.signal.aborted) await once(interrupts.signal, 'abort')
  echo.close()
  return 0
}

const asks = (allow: readonly string[]): string =>
  allow.length === 0 ? 'asks nobody itself (--allow CIDR: the EIPs it may be told to ask)' : `may be told to ask ports of ${allow.join(', ')}`

/** The echoes of a site. */
export const echoesOf = ({ probe }: Site): readonly Echo[] => (probe?.outside ?? []).flatMap((v) => ('http' in v ? [echoAt(v.http)] : []))

function echoAt(url: string): Echo {
  const { hostname, port } = new URL(url)
  return {
    where: `echo ${url}`,
    address: parseIpv4(hostname),
    port: port === '' ? 80 : Number(port),
    ask: async (address, wanted, signal) => {
      const question = `${url}/ask?${wanted.protocol}=${address}:${wanted.port}`
      try {
        const response = await fetch(question, { signal: AbortSignal.any([signal, AbortSignal.timeout(8_000)]), redirect: 'error' })
        const text = (await response.text()).slice(0, 400)
        return response.ok
          ? answerOf(text)
          : {
              outcome: 'not asked',
              why: response.status === 403 || response.status === 503 ? text.trim() : `${url} answered ${response.status}: is it an echo of ovngw?`,
            }
      } catch (error) {
        signal.throwIfAborted()
        const { message, cause } = error instanceof Error ? error : new Error(String(error))
        return { outcome: 'not asked', why: `${url} cannot be reached from here: ${cause instanceof Error ? cause.message : message}` }
      }
    },
  }
}

/** What an echo found; of another program's answer nothing is believed. */
function answerOf(text: string): Answer {
  try {
    const { outcome, ms, seen } = JSON.parse(text) as { readonly outcome?: unknown; readonly ms?: unknown; readonly seen?: unknown }
    if (outcome === 'answered' || outcome === 'refused' || outcome === 'silent')
      return { outcome, ms: typeof ms === 'number' ? ms : undefined, seen: typeof seen === 'string' ? seen : undefined }
  } catch {
    // said below
  }
  return { outcome: 'not asked', why: `no echo of ovngw answers there, but: ${text.slice(0, 60).trim()}` }
}
