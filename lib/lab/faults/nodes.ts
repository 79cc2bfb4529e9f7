/** Faults of nodes as Kubernetes knows them. */
import { NODE } from '../../kube/port.ts'
import { AS_IT_IS } from '../kwok.ts'
import { CHASSIS, EXTERNAL_GW } from '../standin/context.ts'
import { withoutBridge } from './config.ts'
import { awaited, both, DEAD, type Deed, fault } from './fault.ts'
import { changed } from './kinds.ts'

const labelled = (which: 'node' | 'other', value: string): Deed =>
  changed(
    (place) => ({ resource: NODE, name: place[which] }),
    () => ({ metadata: { labels: { [EXTERNAL_GW]: value } } }),
  )

/** KWOK keeps its hands off a node with this annotation. */
const held: Deed = changed(
  ({ node }) => ({ resource: NODE, name: node }),
  () => ({ metadata: { annotations: { [AS_IT_IS]: 'true' } } }),
)
const notReady: Deed = changed(
  ({ node }) => ({ resource: NODE, name: node, subresource: 'status' }),
  (_place, now) => {
    const { conditions } = now['status'] as { conditions: readonly { type: string; status: string }[] }
    return {
      status: { conditions: conditions.map((c) => (c.type === 'Ready' ? { ...c, status: 'False', message: 'the container network is not ready' } : c)) },
    }
  },
)

export const nodeFaults = [
  fault('node-not-ready', { title: 'the gateway node is not Ready: Kube-OVN’s daemon may not run there', caught: ['node-ready'] }, both(held, notReady)),
  fault(
    'label-lost',
    {
      title: 'the gateway node loses its label: the daemon takes the bridge away',
      caught: ['gateway-labels'],
      skipped: ['gateway-bridge', ...DEAD],
      link: { gateway: 'bridge', eip: 'bridge' },
      fact: 'R35',
    },
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
      caught: ['node-chassis'],
      skipped: ['gateway-chassis', 'gateway-active-chassis'],
      link: { gateway: 'chassis' },
      fact: 'R22',
    },
    changed(
      ({ node }) => ({ resource: NODE, name: node }),
      () => ({ metadata: { annotations: { [CHASSIS]: null } } }),
    ),
  ),
]
