/** Port groups of the pods of one Subnet on one node, whose address set the 29000 policies match. */
import type { KubeObject } from '../../kube/port.ts'
import type { Nb, Tx } from './nb.ts'
import * as p from './pod.ts'

/** Pods in the group `SUBNET.NODE` go out through their node; those with EIP or SNAT are taken out of it. Nothing where the lab has no such group. */
export function inNodeGroup(tx: Tx, nb: Nb, pod: KubeObject, member: boolean): void {
  const name = `${p.annotation(pod, p.LOGICAL_SWITCH)}.${p.nodeOf(pod)}`.replaceAll('-', '.')
  const group = nb.groups.find((row) => row.name === name)
  const port = nb.switchPorts.find((row) => row.name === p.portName(pod))
  if (!group || !port || group.ports.includes(port.uuid) === member) return
  if (member) tx.add('Port_Group', group.uuid, 'ports', port.uuid)
  else tx.remove('Port_Group', group.uuid, 'ports', port.uuid)
}
