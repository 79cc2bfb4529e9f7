/** Faults of nodes as Kubernetes knows them. */
import { NODE } from '../../kube/port.ts'
import { CHASSIS, EXTERNAL_GW } from '../standin/context.ts'
import { withoutBridge } from './config.ts'
import { awaited, DEAD, type Deed, fault } from './fault.ts'
import { changed } from './kinds.ts'

const labelled = (which: 'node' | 'other', value: string): Deed =>
  changed(
    (place) => ({ resource: NODE, name: place[which] }),
    () => ({ metadata: { labels: { [EXTERNAL_GW]: value } } }),
  )

export const nodeFaults = [
  fault(
    'label-lost',
    { title: 'the gateway node loses its label: the daemon takes the bridge away', caught: ['gateway-labels', 'gateway-bridge', ...DEAD], fact: 'R35' },
    withoutBridge(labelled('node', 'false')),
  ),
  fault(
    'label-too-many',
    { title: 'a node that is no gateway is labelled: the next sync makes it one', caught: ['gateway-labels'], fact: 'R35' },
    awaited(
      labelled('other', 'true'),
      (place) => place.bridge(place.other, true),
      async (place) => {
        await place.bridge(place.other, false)
        await place.ovs(place.other, 'remove', 'Open_vSwitch', '.', 'external_ids', 'ovn-bridge-mappings') // which the daemon leaves (R7)
      },
    ),
  ),
  fault(
    'chassis-annotation-gone',
    {
      title: 'the gateway node has no chassis annotation: Kube-OVN can build nothing',
      caught: ['node-chassis', 'gateway-chassis', 'gateway-active-chassis'],
      fact: 'R22',
    },
    changed(
      ({ node }) => ({ resource: NODE, name: node }),
      () => ({ metadata: { annotations: { [CHASSIS]: null } } }),
    ),
  ),
]
