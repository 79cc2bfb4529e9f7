/** The next command to type, spelled once. */
import type { Site } from '../inventory/site.ts'
import { podName } from './pods.ts'

export type Named = Pick<Site, 'name' | 'file'>
type Pod = { readonly namespace: string; readonly name: string }

const at = (site: Named): string => (site.file === undefined ? '' : ` --site ${site.name}`)

export const hint = {
  install: (site: Named): string => `ovngw install${at(site)}`,
  change: (site: Named): string => `ovngw change${at(site)}`,
  uninstall: (site: Named): string => `ovngw uninstall${at(site)}`,
  repair: (site: Named): string => `ovngw repair${at(site)}`,
  sweep: (site: Named): string => `ovngw sweep${at(site)}`,
  assign: (site: Named, pod: Pod, kind: 'eip' | 'snat', address: string): string => `ovngw assign ${podName(pod)} --${kind} ${address}${at(site)}`,
  release: (site: Named, pod: Pod): string => `ovngw release ${podName(pod)}${at(site)}`,
  check: (site: Named, ...ids: readonly string[]): string => `${['ovngw check', ...ids].join(' ')}${at(site)}`,
  diagnose: (site: Named, pod: Pod): string => `ovngw diagnose pod ${podName(pod)} --probe${at(site)}`,
  done: (site: Named, node: string): string => `ovngw maintain --done ${node}${at(site)}`,
  config: (namespace: string): string => `kubectl -n ${namespace} edit configmap ovn-external-gw-config`,
  controllerLog: (namespace: string): string => `kubectl -n ${namespace} logs deployment/kube-ovn-controller --tail=100`,
  podLogs: (namespace: string, app: string): string => `kubectl -n ${namespace} logs -l app=${app} --all-containers --prefix --tail=50`,
  controllerArgs: (namespace: string): string => `kubectl -n ${namespace} edit deployment kube-ovn-controller`,
} as const
