/** The recovery card: what to type at a node's console when the API can no longer reach it. */
import type { Link, Route } from '../ovs/node.ts'
import { read, show } from '../proc/command.ts'
import { CONFIG_NAME, GATEWAY_LABEL } from './names.ts'

export interface CardInput {
  readonly node: string
  readonly nic: string
  readonly bridge: string
  readonly configNamespace: string
  readonly link: Link | undefined
  readonly routes: readonly Route[]
}

const line = (bin: string, ...args: readonly string[]): string => show(read(bin, ...args))

/** Plain text, copyable line by line. The daemon re-adds the NIC every 3 s while node label and ConfigMap say so: withdraw them first. */
export function cardText({ node, nic, bridge, configNamespace, link, routes }: CardInput): string {
  const addresses = (link?.addresses ?? []).filter((a) => !a.startsWith('fe80:'))
  return [
    `RECOVERY CARD for ${node}: give ${nic} back to the host`,
    '',
    '1. Where the API answers, so that Kube-OVN does not take the NIC again (it looks every 3 s):',
    `   ${line('kubectl', '-n', configNamespace, 'patch', 'configmap', CONFIG_NAME, '--type=merge', '-p', '{"data":{"enable-external-gw":"false"}}')}`,
    `   ${line('kubectl', 'label', 'node', node, `${GATEWAY_LABEL}=false`, '--overwrite')}`,
    `2. At the console of ${node}, as root (if 1 cannot be done, stop the container cni-server first):`,
    `   ${line('ovs-vsctl', '--if-exists', 'del-port', bridge, nic)}`,
    `   ${line('ip', 'link', 'set', nic, 'up')}`,
    ...addresses.map((a) => `   ${line('ip', 'address', 'replace', a, 'dev', nic)}`),
    ...routes
      .filter((r) => r.protocol !== 'kernel')
      .map((r) => `   ${line('ip', 'route', 'replace', r.dst, ...(r.gateway === undefined ? [] : ['via', r.gateway]), 'dev', nic)}`),
    '',
    `Before the change ${nic} had: ${link === undefined ? 'no such device' : `MAC ${link.mac}, MTU ${link.mtu}, ${addresses.length === 0 ? 'no address' : addresses.join(', ')}, ${routes.length === 1 ? '1 route' : `${routes.length} routes`}`}.`,
  ].join('\n')
}
