/** ovn-trace(8): what the logical pipeline does with one packet, asked of the southbound database. */
import type { Ip } from '../net/ip.ts'
import { type Command, read } from '../proc/command.ts'

export interface TracedPacket {
  readonly switch: string
  readonly port: string
  /** MACs of sender and receiver on that switch. */
  readonly from: string
  readonly to: string
  readonly source: Ip
  readonly target: Ip
}

/** `ovn-trace --ct=new SWITCH 'inport == "web-0.default" && eth.src == … && icmp4.type == 8'` */
export function trace({ switch: sw, port, from, to, source, target }: TracedPacket): Command {
  const flow = `inport == ${JSON.stringify(port)} && eth.src == ${from} && eth.dst == ${to} && ip4.src == ${source} && ip4.dst == ${target} && ip.ttl == 64 && icmp4.type == 8`
  return read('ovn-trace', '--ct=new', sw, flow)
}

export interface Traced {
  /** Name of the stage that dropped it: `ls_in_acl_action`; undefined: it was not dropped. */
  readonly dropped: string | undefined
  /** Ports it was handed to, in order: `localnet.external` is the way out. */
  readonly outputs: readonly string[]
}

export function parseTrace(stdout: string): Traced {
  let stage: string | undefined
  let dropped: string | undefined
  const outputs: string[] = []
  for (const line of stdout.split('\n')) {
    stage = /^\s*\d+\. (\w+)/.exec(line)?.[1] ?? stage
    const port = /\/\* output to "([^"]+)"/.exec(line)?.[1]
    if (port !== undefined) outputs.push(port)
    if (/^\s+drop;\s*$/.test(line)) dropped ??= stage
  }
  return { dropped: outputs.length > 0 ? undefined : dropped, outputs }
}
