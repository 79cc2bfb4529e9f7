/** What a start of the controller deletes. */
import type { KubeObject } from '../../kube/port.ts'
import type { Context } from './context.ts'
import { inNodeGroup } from './group.ts'
import { Tx } from './nb.ts'
import * as p from './pod.ts'
import { REROUTE_PRIORITY } from './reroute.ts'

/**
 * What every start of the controller does: ports of pods that are gone, then, where the profile has it, all policies that send pods to
 * the next hop; and every pod is put back into its node's port group (R31).
 */
export async function startGc(context: Context, pods: readonly KubeObject[]): Promise<void> {
  const { log, settings } = context
  const nb = await context.nb.read(settings.router)
  const tx = new Tx()
  const known = new Set(pods.map(p.podKey))
  for (const port of nb.switchPorts) {
    const owner = port.external_ids['pod']
    const sw = nb.switches.find((row) => row.ports.includes(port.uuid))
    if (owner === undefined || known.has(owner) || !sw) continue
    log.info('gc.go:420', `gc logical switch port ${port.name}`)
    tx.remove('Logical_Switch', sw.uuid, 'ports', port.uuid)
  }
  if (settings.profile.startGc) {
    for (const policy of nb.policies.filter((row) => row.priority === REROUTE_PRIORITY)) {
      log.info('gc.go:1023', `gc route policy ${policy.match}`)
      tx.remove('Logical_Router', nb.router.uuid, 'policies', policy.uuid)
    }
    for (const pod of pods.filter(p.isOurs)) inNodeGroup(tx, nb, pod, true)
  }
  await context.nb.commit(tx)
}
