/** The site of inventory/lab.yaml for any lab. */
import type { Lab } from '../../lib/lab/index.ts'

export const OUTSIDE = '172.56.0.1'

/** The gateway of inventory/lab.yaml. */
export const GATEWAY = {
  type: 'centralized',
  nodes: ['node1'] as readonly unknown[],
  nic: 'eth1',
  address: '172.56.0.100/16',
  mac: '16:52:f3:13:6a:25',
  nextHop: OUTSIDE as string | undefined,
}
export type Wanted = Partial<typeof GATEWAY>

/** Other members of the site; undefined: it has none. */
export interface More {
  readonly pools?: readonly object[]
  readonly assignments?: readonly object[]
  readonly probe?: undefined
}

/** Its text; JSON is YAML. What is not given is as in inventory/lab.yaml. */
export const siteText = ({ name, kubeconfig, outside }: Pick<Lab, 'name' | 'kubeconfig' | 'outside'>, gateway: Wanted = {}, more: More = {}): string =>
  JSON.stringify(
    {
      cluster: { kubeconfig, context: name },
      gateway: { ...GATEWAY, ...gateway },
      pools: [{ name: 'web', ranges: ['172.56.0.200-172.56.0.239'] }],
      probe: { outside: [{ exec: ['ip', 'netns', 'exec', outside] }], target: [OUTSIDE] },
      ...more,
    },
    null,
    2,
  )
