/** What packets need, said once for all checks that send some: their failure is then put down to the piece that broke. */
import type { Need } from '../kernel/check.ts'

/** From the node they leave by to the wire. */
export const WIRE = {
  'ovs-runs': 'same',
  'gateway-bridge': 'same',
  'gateway-mapping': 'same',
  'gateway-patch': 'same',
  'nic-up': 'same',
  'ovn-follows': 'all',
} as const satisfies Readonly<Record<string, Need>>

/** From a pod's annotation to the wire; the first that failed is named. */
export const POD_TO_WIRE = {
  'pod-address-values': 'same',
  'pod-nat': 'same',
  'pod-policy': 'same',
  'gateway-router-port': 'all',
  'gateway-active-chassis': 'same',
  'outside-answers': 'same',
  ...WIRE,
} as const satisfies Readonly<Record<string, Need>>
