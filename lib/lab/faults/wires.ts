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
    { title: 'the NIC is down', caught: ['nic-up'], skipped: [...DEAD], link: { gateway: 'nic', eip: 'nic' } },
    ran(
      'node',
      () => ip(`link set ${NIC} down`),
      () => ip(`link set ${NIC} up`),
    ),
  ),
  fault(
    'no-carrier',
    { title: 'the switch port of the NIC is shut', caught: ['nic-up'], skipped: [...DEAD], link: { gateway: 'nic', eip: 'nic' } },
    ran(
      'wire',
      (place) => ip(`link set ${plug(place)} down`),
      (place) => ip(`link set ${plug(place)} up`),
    ),
  ),
  fault(
    'cable-in-wrong-segment',
    {
      title: 'the cable is in a port of another segment',
      caught: ['outside-answers'],
      skipped: ['eip-from-outside', 'leaves-as'],
      link: { gateway: 'next-hop', eip: 'next-hop' },
    },
    ran(
      'wire',
      (place) => ip(`link set ${plug(place)} master under`),
      (place) => ip(`link set ${plug(place)} master wan`),
    ),
  ),
  fault(
    'foreign-mac-dropped',
    {
      title: 'port security: frames with another MAC than the NIC’s own are dropped',
      caught: ['outside-answers'],
      skipped: ['eip-from-outside', 'leaves-as'],
      link: { gateway: 'next-hop', eip: 'next-hop' },
    },
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
    { title: 'a switch on the way drops large packets without a word', caught: ['large-packets'], link: { eip: 'size' } },
    ran(
      'wire',
      (place) => ip(`link set ${plug(place)} mtu 1000`),
      (place) => ip(`link set ${plug(place)} mtu 1500`),
    ),
  ),
  fault(
    'nic-mtu-low',
    { title: 'the NIC’s MTU is smaller than the pods’', caught: ['nic-mtu'], skipped: ['large-packets'], link: { eip: 'size' } },
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
    'next-hop-twice',
    { title: 'another station answers for the next hop: whom a neighbour believes is chance', caught: [], link: { gateway: 'next-hop', eip: 'next-hop' } },
    ran(
      'other',
      () => ip(`address add 172.56.0.1/32 dev ${NIC}`),
      () => ip(`address del 172.56.0.1/32 dev ${NIC}`),
    ),
  ),
  fault(
    'neighbour-stale',
    {
      title: 'the outside host still has another MAC for the router port',
      caught: ['neighbour-mac', 'outside-answers'],
      link: { gateway: 'back', eip: 'back' },
      fact: 'R29',
    },
    ran(
      'outside',
      () => ip(`neigh replace 172.56.0.100 lladdr ${mac(0x40, 1)} dev eth0 nud permanent`),
      () => ip('neigh del 172.56.0.100 dev eth0'),
    ),
  ),
]
