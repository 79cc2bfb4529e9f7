/** Faults of daemons: one that is gone, one that lives and does nothing. */
import { POD } from '../../kube/port.ts'
import { until } from '../exec.ts'
import { CONTROLLER_POD } from '../objects.ts'
import { EIP, ROUTED } from '../standin/pod.ts'
import { both, DEAD, type Deed, fault } from './fault.ts'
import { changed, frozen, STAND_IN } from './kinds.ts'
import type { Place } from './place.ts'

export const ovnController = ({ node }: Place): string => `${node}.ovn-controller`
const vswitchd = ({ node }: Place): string => `${node}.vswitchd`
const northd = (): string => 'central.northd'

/** What every client that waits for the southbound does: northd, then every chassis, has to follow. */
const asked: Deed = {
  break: async ({ nb }) => {
    const now = Number((await nb('get', 'NB_Global', '.', 'nb_cfg')).trim())
    await nb('set', 'NB_Global', '.', `nb_cfg=${now + 1}`)
    return null
  },
  mend: async () => undefined,
}

const stopped: Deed = {
  break: async (place) => {
    await place.at('node', 'ovn-appctl', '-t', 'ovn-controller', 'exit') // as its pod does when it is stopped
    const gone = async (): Promise<true | undefined> =>
      (await place.sb('--bare', '--columns=hostname', 'list', 'Chassis')).split('\n').includes(place.node) ? undefined : true
    await until(`the end of chassis ${place.node}`, gone)
    return null
  },
  mend: async (place) => {
    const { labUp } = await import('../up.ts')
    const up = await labUp({ name: place.lab.name }, () => undefined)
    up.close()
    await place.claimed(place.node)
  },
}

const notReady: Deed = changed(
  () => ({ resource: POD, name: CONTROLLER_POD, namespace: 'kube-system', subresource: 'status' }),
  (_place, now) => {
    const { conditions } = now['status'] as { conditions: readonly { type: string; status: string }[] }
    return { status: { conditions: conditions.map((c) => (c.type === 'Ready' || c.type === 'ContainersReady' ? { ...c, status: 'False' } : c)) } }
  },
)

/** Somebody gives a pod an EIP; that is taken back before the controller goes on. */
const waiting: Deed = changed(
  async (place) => {
    const { namespace, name } = await place.pod('snat')
    return { resource: POD, namespace, name, unseen: true }
  },
  () => ({ metadata: { annotations: { [EIP]: '172.56.0.222', [ROUTED]: null } } }),
)

export const daemonFaults = [
  fault(
    'controller-down',
    { title: 'Kube-OVN’s controller is not ready', caught: ['controller-alive'], link: { gateway: 'controller' } },
    both(notReady, frozen(STAND_IN)),
  ),
  fault(
    'controller-stuck',
    {
      title: 'the controller lives and does nothing: a pod waits for its EIP',
      caught: ['pod-nat'],
      skipped: ['eip-from-outside'],
      link: { snat: 'controller' },
    },
    both(frozen(STAND_IN), waiting),
  ),
  fault(
    'northd-stuck',
    { title: 'northd does not follow: the southbound does not converge', caught: ['ovn-follows'], link: { gateway: 'flows', eip: 'flows' } },
    both(frozen(northd), asked),
  ),
  fault(
    'chassis-stuck',
    { title: 'ovn-controller of the gateway node does not follow', caught: ['ovn-follows'], link: { gateway: 'chassis', eip: 'chassis' } },
    both(frozen(ovnController), asked),
  ),
  fault(
    'vswitchd-stuck',
    {
      title: 'ovs-vswitchd of the gateway node stands still: its database looks as always',
      caught: ['ovs-runs'],
      skipped: [...DEAD],
      link: { gateway: 'chassis', eip: 'chassis' },
    },
    frozen(vswitchd),
  ),
  fault(
    'ovn-controller-stopped',
    {
      title: 'ovn-controller of the gateway node is stopped: its chassis is gone',
      caught: ['node-chassis'],
      skipped: ['gateway-active-chassis', 'eip-from-outside', 'leaves-as'],
      link: { gateway: 'chassis', eip: 'chassis' },
    },
    stopped,
  ),
]
