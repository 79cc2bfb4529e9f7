/** Faults of NICs, cables and of what is at their other end. */
import { mac } from '../paths.ts'
import { both, DEAD, fault } from './fault.ts'
import { ran } from './kinds.ts'
import type { Place } from './place.ts'

const NIC = 'eth1'
/** The switch's end of the gateway node's cable. */
const plug = ({ node }: Place): string => `${node}-${NIC}`
const ip = (text: string): readonly string[] => ['ip', ...text.split(' ')]

export const wireFaults = [
  fault(
    'nic-down',
    { title: 'the NIC is down', caught: ['nic-up', ...DEAD] },
    ran(
      'node',
      () => ip(`link set ${NIC} down`),
      () => ip(`link set ${NIC} up`),
    ),
  ),
  fault(
    'no-carrier',
    { title: 'the switch port of the NIC is shut', caught: ['nic-up', ...DEAD] },
    ran(
      'wire',
      (place) => ip(`link set ${plug(place)} down`),
      (place) => ip(`link set ${plug(place)} up`),
    ),
  ),
  fault(
    'cable-in-wrong-segment',
    { title: 'the cable is in a port of another segment', caught: [...DEAD] },
    ran(
      'wire',
      (place) => ip(`link set ${plug(place)} master under`),
      (place) => ip(`link set ${plug(place)} master wan`),
    ),
  ),
  fault(
    'foreign-mac-dropped',
    { title: 'port security: frames with another MAC than the NIC’s own are dropped', caught: [...DEAD] },
    both(
      ran(
        'wire',
        (place) => ['bridge', ...`link set dev ${plug(place)} locked on learning off`.split(' ')],
        (place) => ['bridge', ...`link set dev ${plug(place)} locked off learning on`.split(' ')],
      ),
      ran(
        'wire',
        (place) => ip(`link set ${plug(place)} type bridge_slave fdb_flush`), // a MAC that was learned is let through
        () => ['true'],
      ),
    ),
  ),
  fault(
    'mtu-black-hole',
    { title: 'a switch on the way drops large packets without a word', caught: ['large-packets'] },
    ran(
      'wire',
      (place) => ip(`link set ${plug(place)} mtu 1000`),
      (place) => ip(`link set ${plug(place)} mtu 1500`),
    ),
  ),
  fault(
    'nic-mtu-low',
    { title: 'the NIC’s MTU is smaller than the pods’', caught: ['nic-mtu', 'large-packets'] },
    ran(
      'node',
      () => ip(`link set ${NIC} mtu 1280`),
      () => ip(`link set ${NIC} mtu 1500`),
    ),
  ),
  fault(
    'nic-has-address',
    { title: 'the NIC has an address, which no longer answers', caught: ['nic-addresses'] },
    ran(
      'node',
      () => ip(`address add 192.0.2.5/24 dev ${NIC}`),
      () => ip(`address del 192.0.2.5/24 dev ${NIC}`),
    ),
  ),
  fault(
    'nic-in-linux-bridge',
    { title: 'the NIC is a member of a Linux bridge too', caught: ['nic-not-member'] },
    both(
      ran(
        'node',
        () => ip('link add lan type bridge'),
        () => ip('link del lan'),
      ),
      ran(
        'node',
        () => ip(`link set ${NIC} master lan`),
        () => ip(`link set ${NIC} nomaster`),
      ),
    ),
  ),
  fault(
    'neighbour-stale',
    { title: 'the outside host still has another MAC for the router port', caught: ['neighbour-mac', 'outside-answers'], fact: 'R29' },
    ran(
      'outside',
      () => ip(`neigh replace 172.56.0.100 lladdr ${mac(0x40, 1)} dev eth0 nud permanent`),
      () => ip('neigh del 172.56.0.100 dev eth0'),
    ),
  ),
]
