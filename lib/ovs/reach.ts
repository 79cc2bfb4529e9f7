/**
 * Does an address answer on a port? Asked with what a host has: bash alone can open a connection, and times it; else nc, and of an echo
 * curl or wget. The scripts are constant: address and port are arguments of theirs, no part of their text.
 */
import type { Ipv4 } from '../net/ip.ts'
import { type Command, type Output, read } from '../proc/command.ts'

export interface Port {
  readonly protocol: 'tcp' | 'udp'
  readonly port: number
}

/** `silent`: nothing came back; over UDP that says little, since nobody must answer a stranger. */
export interface Reached {
  readonly outcome: 'answered' | 'refused' | 'silent'
  readonly ms?: number | undefined
  /** The address an echo saw us come from. */
  readonly seen?: string | undefined
}

/** One way to ask; undefined: the tool is not there, or cannot. */
export interface Way {
  readonly command: Command
  readonly stdin?: string
  parse(output: Output): Reached | undefined
}

const HELLO = 'ovngw probe'
const NOW = `\${EPOCHREALTIME//[.,]/}`
// Microseconds go to stderr: stdout is the other side's.
const TOOK = `echo "us=$((${NOW} - t))" >&2`
const ANSWER = `echo '${HELLO}' >&3 && dd bs=2048 count=1 status=none <&3`
const OPEN = `t=${NOW}; exec 3<>"/dev/tcp/$0/$1" && ${TOOK}`
const DATAGRAM = `t=${NOW}; exec 3<>"/dev/udp/$0/$1" && ${ANSWER} && ${TOOK}`

const bash = (script: string, address: Ipv4, port: number): Command => read('timeout', '3', 'bash', '-c', script, address, `${port}`)

/** Ways to ask, the better first. Of an `echo` the answer is asked for too, others get a connection that says nothing, or one datagram. */
export function waysToAsk(address: Ipv4, { protocol, port }: Port, echo: boolean): readonly Way[] {
  if (protocol === 'udp') {
    return [
      { command: bash(DATAGRAM, address, port), parse: datagram },
      { command: read('nc', '-u', '-w', '2', address, `${port}`), stdin: `${HELLO}\n`, parse: datagram },
    ]
  }
  const url = `http://${address}:${port}/`
  const http: readonly Way[] = [
    { command: read('curl', '-sS', '-m', '5', '-w', '\\nus=%{time_connect}', url), parse: fetched },
    { command: read('wget', '-q', '-T', '5', '-O', '-', url), parse: fetched },
  ]
  return [
    { command: bash(echo ? `${OPEN} && ${ANSWER}` : OPEN, address, port), parse: opened },
    ...(echo ? http : []),
    { command: read('nc', '-z', '-v', '-w', '3', address, `${port}`), parse: opened },
  ]
}

const cannot = ({ code, stderr }: Output): boolean =>
  code === 126 || code === 127 || /invalid option|unrecognized option|unknown option|\busage:|No such file or directory/i.test(stderr)

function opened(output: Output): Reached | undefined {
  if (cannot(output)) return undefined
  const us = /^us=(\d+)$/m.exec(output.stderr)?.[1]
  // An echo that is none keeps the connection open until timeout(1) ends it.
  if (us !== undefined || output.code === 0) return { outcome: 'answered', ms: millis(us), seen: echoed(output.stdout) }
  return { outcome: refusedOr(output) }
}

function datagram(output: Output): Reached | undefined {
  if (cannot(output)) return undefined
  if (output.stdout === '') return { outcome: refusedOr(output) }
  return { outcome: 'answered', ms: millis(/^us=(\d+)$/m.exec(output.stderr)?.[1]), seen: echoed(output.stdout) }
}

function fetched(output: Output): Reached | undefined {
  if (cannot(output)) return undefined
  const [body = '', seconds = '0'] = output.stdout.split('\nus=')
  const ms = Number(seconds) > 0 ? Number(seconds) * 1000 : undefined
  return output.code === 0 || ms !== undefined ? { outcome: 'answered', ms, seen: echoed(body) } : { outcome: refusedOr(output) }
}

/** Bash before 5.0 has no clock of this kind: it says 0. */
const millis = (us: string | undefined): number | undefined => (us === undefined || us === '0' ? undefined : Number(us) / 1000)

const refusedOr = ({ stderr }: Output): 'refused' | 'silent' => (/refused/i.test(stderr) ? 'refused' : 'silent')

/** `ADDRESS PORT`, as an echo answers (templates/echo.mjs). */
const echoed = (text: string): string | undefined => /^(\d+\.\d+\.\d+\.\d+) \d+\s*$/.exec(text)?.[1]
