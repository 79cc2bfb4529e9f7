/** The tunnels of a node: one Geneve (or STT, VXLAN) port for each other chassis, made by ovn-controller. */
import { type CallOptions, type ReadSpec, readTables } from '../ovn/call.ts'
import { optional, type RowOf, rowParser, str, strings } from '../ovn/parse.ts'
import type { Runner } from '../proc/command.ts'

const TUNNEL = rowParser({
  table: 'Interface',
  columns: {
    name: str,
    type: str,
    /** `remote_ip`, `key`, … */
    options: strings,
    error: optional(str),
    /** Empty where BFD is off: OVN turns it on between the chassis of a gateway port that has several. */
    bfd_status: strings,
  },
})
const tables = { interfaces: TUNNEL }
const SPEC: ReadSpec<typeof tables> = { bin: 'ovs-vsctl', tables, narrow: true }

export type Tunnel = RowOf<typeof TUNNEL>

/** `ovs-vsctl --timeout=15 --format=json -- --columns=_uuid,name,… list Interface` */
export async function readTunnels(runner: Runner, options?: CallOptions): Promise<readonly Tunnel[]> {
  const { interfaces } = await readTables(runner, SPEC, options)
  return interfaces.filter((i) => i.options['remote_ip'] !== undefined)
}

/** What is wrong with the tunnel as OVS shows it; undefined: nothing. */
export function wrongTunnel(tunnel: Tunnel | undefined): string | undefined {
  if (tunnel === undefined) return 'there is no tunnel port'
  if (tunnel.error !== null) return `${tunnel.name}: ${tunnel.error}`
  const { state, diagnostic } = tunnel.bfd_status
  return state === undefined || state === 'up' ? undefined : `${tunnel.name}: BFD is ${state}${diagnostic === undefined ? '' : ` (${diagnostic})`}`
}
