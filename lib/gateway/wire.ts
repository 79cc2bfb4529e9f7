/** Packets: asking one host for another. Only reads; nothing here decides what an answer means. */
import { parseIp } from '../net/ip.ts'
import type { Link } from '../ovs/node.ts'
import { parsePing, ping } from '../ovs/probe.ts'
import type { Bridge } from '../ovs/vsctl.ts'
import type { Runner } from '../proc/command.ts'

/** True as soon as one answer comes back, within 3 s (iputils sends again until then; the first waits for ARP). @throws OvngwError COMMAND when nothing could be sent. */
export async function pings(from: Runner, address: string, signal: AbortSignal): Promise<boolean> {
  const command = ping(parseIp(address), 1, 3)
  return parsePing(await from.run(command, { signal, timeoutMs: 10_000 }), command, from.where).received > 0
}

/** The bridge's own device. On a userspace datapath the host still sees what the NIC sees, so where the bridge is down the NIC does. */
export const askFrom = ({ name, datapath_type }: Bridge, nic: string, links: readonly Link[]): string =>
  datapath_type === 'netdev' && links.find((l) => l.name === name)?.up !== true ? nic : name
