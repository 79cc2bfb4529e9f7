/** Faults in the Open vSwitch of the gateway's node. What Kube-OVN's daemon would mend within seconds happens while it stands still. */

import { ovnController } from './daemons.ts'
import { awaited, both, DEAD, type Deed, fault } from './fault.ts'
import { frozen, inOvs, STAND_IN } from './kinds.ts'

const unattended = (deed: Deed): Deed => both(frozen(STAND_IN), deed)

export const switchFaults = [
  fault(
    'two-uplinks',
    {
      title: 'a second NIC in the external bridge: a loop between two segments',
      caught: ['gateway-bridge'],
      link: { gateway: 'bridge', eip: 'bridge' },
      fact: 'R9',
    },
    inOvs(({ names }) => ['add-port', names.bridge, 'eth2']),
  ),
  fault(
    'uplink-missing',
    {
      title: 'the external bridge holds a NIC the node does not have, and nothing says so',
      caught: ['gateway-bridge'],
      link: { gateway: 'bridge', eip: 'bridge' },
      fact: 'R9',
    },
    inOvs(({ names }) => ['--no-wait', 'add-port', names.bridge, 'eth7']),
  ),
  fault(
    'nic-taken-out',
    { title: 'the NIC is taken out of the external bridge', caught: ['gateway-bridge'], skipped: [...DEAD], link: { gateway: 'bridge', eip: 'bridge' } },
    unattended(inOvs(({ names }) => ['del-port', names.bridge, 'eth1'])),
  ),
  fault(
    'nic-in-other-bridge',
    {
      title: 'the NIC sits in another bridge, which Kube-OVN would delete',
      caught: ['nic-not-in-other-bridge'],
      skipped: ['gateway-bridge', ...DEAD],
      link: { gateway: 'bridge', eip: 'bridge' },
      fact: 'R10',
    },
    unattended(
      inOvs(({ names }) => [
        ...['del-port', names.bridge, 'eth1', '--', 'add-br', 'br-else', '--', 'set', 'Bridge', 'br-else', 'datapath_type=netdev', '--'],
        ...['add-port', 'br-else', 'eth1'],
      ]),
    ),
  ),
  fault(
    'bridge-deleted',
    { title: 'the external bridge is deleted', caught: ['gateway-bridge'], skipped: [...DEAD], link: { gateway: 'bridge', eip: 'bridge' } },
    unattended(inOvs(({ names }) => ['del-br', names.bridge])),
  ),
  fault(
    'mapping-missing',
    {
      title: 'the node maps no bridge to the external network',
      caught: ['gateway-mapping'],
      skipped: ['gateway-patch', ...DEAD],
      link: { gateway: 'bridge', eip: 'bridge' },
      fact: 'R36',
    },
    unattended(inOvs(() => ['remove', 'Open_vSwitch', '.', 'external_ids', 'ovn-bridge-mappings'])),
  ),
  fault(
    'tunnel-end-wrong',
    {
      title: 'the gateway node names an address it does not have as the end of its tunnels: pods of other nodes are cut off',
      caught: ['eip-from-outside', 'leaves-as'],
      link: { eip: 'tunnel' },
    },
    inOvs(() => ['set', 'Open_vSwitch', '.', 'external_ids:ovn-encap-ip=10.250.0.99']),
  ),
  fault(
    'patch-missing',
    {
      title: 'br-int and the external bridge are not connected: ovn-controller, which would connect them, hangs',
      caught: ['gateway-patch'],
      skipped: [...DEAD],
      link: { gateway: 'chassis', eip: 'chassis' },
    },
    awaited(
      both(
        frozen(ovnController),
        inOvs(
          ({ names }) => [
            '--',
            '--if-exists',
            'del-port',
            `patch-${names.localnet}-to-br-int`,
            '--',
            '--if-exists',
            'del-port',
            `patch-br-int-to-${names.localnet}`,
          ],
          { synced: false },
        ),
      ),
      async () => undefined,
      (place) => place.sync(),
    ),
  ),
  fault(
    'patch-error',
    {
      title: 'the external bridge has another datapath than br-int: the patch has no peer',
      caught: ['gateway-patch'],
      skipped: [...DEAD],
      link: { gateway: 'bridge', eip: 'bridge' },
      fact: 'R11',
    },
    inOvs(({ names }) => ['--no-wait', 'set', 'Bridge', names.bridge, 'datapath_type=system']),
  ),
]
