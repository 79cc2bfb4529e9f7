/** Faults of the gateway's pieces in OVN's northbound database. */
import { chassisOf } from '../objects.ts'
import { awaited, DEAD, type Deed, fault } from './fault.ts'
import { inOvn } from './kinds.ts'

/** Several gateway chassis watch each other over the tunnels: the port is claimed some time after the rows are there. */
const claimed = (deed: Deed): Deed =>
  awaited(
    deed,
    (place) => place.claimed(),
    (place) => place.claimed(place.node),
  )

/** What is known of neighbours is forgotten: they have to be asked again, on the wire. */
const asking = (deed: Deed): Deed =>
  awaited(
    deed,
    ({ sb }) => sb('--all', 'destroy', 'MAC_Binding'),
    async () => undefined,
  )

export const northboundFaults = [
  fault(
    'router-port-deleted',
    {
      title: 'the router port is deleted: every sync fails from then on',
      caught: ['gateway-sync'],
      skipped: ['gateway-router-port', 'eip-from-outside', 'leaves-as'],
      link: { gateway: 'router', eip: 'router' },
      fact: 'R28',
    },
    inOvn(({ names }) => ['lrp-del', names.routerPort]),
  ),
  fault(
    'router-port-address-wrong',
    { title: 'the router port has another address than the inventory says', caught: ['gateway-router-port'], fact: 'R4' },
    inOvn(({ names }) => ['set', 'Logical_Router_Port', names.routerPort, 'networks="172.56.0.101/16"']),
  ),
  fault(
    'chassis-wrong',
    {
      title: 'the router port is on a node that is no gateway',
      caught: ['gateway-chassis'],
      skipped: ['gateway-active-chassis', ...DEAD],
      link: { gateway: 'chassis', eip: 'chassis' },
      fact: 'R5',
    },
    claimed(
      inOvn(({ names, node, other }) => [
        ...['lrp-del-gateway-chassis', names.routerPort, chassisOf(node), '--'],
        ...['lrp-set-gateway-chassis', names.routerPort, chassisOf(other), '100'],
      ]),
    ),
  ),
  fault(
    'chassis-too-many',
    { title: 'a node that was taken out still has the router port', caught: ['gateway-chassis'], fact: 'R5' },
    claimed(inOvn(({ names, other }) => ['lrp-set-gateway-chassis', names.routerPort, chassisOf(other), '50'])),
  ),
  fault(
    'chassis-equal',
    {
      title: 'two nodes have the router port with one priority: the wrong one is active',
      caught: ['gateway-chassis'],
      skipped: ['gateway-active-chassis', ...DEAD],
      link: { gateway: 'chassis', eip: 'chassis' },
      fact: 'R5',
    },
    claimed(inOvn(({ names, other }) => ['lrp-set-gateway-chassis', names.routerPort, chassisOf(other), '100'])),
  ),
  fault(
    'chassis-none',
    {
      title: 'the router port is on no node',
      caught: ['gateway-chassis'],
      skipped: ['gateway-active-chassis', 'eip-from-outside', 'leaves-as'],
      link: { gateway: 'chassis', eip: 'chassis' },
    },
    inOvn(({ names, node }) => ['lrp-del-gateway-chassis', names.routerPort, chassisOf(node)]),
  ),
  fault(
    'localnet-deleted',
    {
      title: 'the external switch has no localnet port: no way out',
      caught: ['gateway-switch'],
      skipped: [...DEAD],
      link: { gateway: 'router', eip: 'router' },
    },
    inOvn(({ names }) => ['lsp-del', names.localnet]),
  ),
  fault(
    'localnet-net-wrong',
    {
      title: 'the localnet port asks for a network no node maps',
      caught: ['names-agree'],
      skipped: ['gateway-mapping', 'gateway-patch', ...DEAD],
      link: { gateway: 'bridge', eip: 'bridge' },
      fact: 'R36',
    },
    inOvn(({ names }) => ['lsp-set-options', names.localnet, 'network_name=other']),
  ),
  fault(
    'localnet-vlan-wrong',
    {
      title: 'the localnet port has a VLAN tag the segment does not know',
      caught: ['config-vlan'],
      skipped: [...DEAD],
      link: { gateway: 'next-hop', eip: 'next-hop' },
      fact: 'R36',
    },
    asking(inOvn(({ names }) => ['set', 'Logical_Switch_Port', names.localnet, 'tag=7'])),
  ),
]
