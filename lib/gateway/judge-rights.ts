/** Which Kubernetes rights a run needs, and the Role that grants what is missing. Pure. */
import type { Json } from '../kernel/json.ts'

/** Namespaces of Kube-OVN's pods and of the ConfigMap. */
export type Places = { readonly namespace: string; readonly configNamespace: string }

export type Need = {
  readonly verb: string
  /** Plural; empty group is core. */
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  /** Undefined: in all namespaces, or cluster-scoped. */
  readonly namespace?: string
}

export const showNeed = ({ verb, group, resource, subresource, namespace }: Need): string =>
  `${verb} ${resource}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}${namespace === undefined ? '' : ` in ${namespace}`}`

const needs = (verbs: readonly string[], group: string, resources: readonly string[], namespace?: string): readonly Need[] =>
  resources.flatMap((r) => {
    const [resource = r, subresource] = r.split('/')
    return verbs.map((verb) => ({
      verb,
      group,
      resource,
      ...(subresource === undefined ? {} : { subresource }),
      ...(namespace === undefined ? {} : { namespace }),
    }))
  })

const KUBEOVN = 'kubeovn.io'

type Part = (places: Places, probed: boolean) => readonly Need[]

/** What every look at a cluster reads. Exec over WebSocket is a GET (`get pods/exec`). */
const looking = ({ namespace, configNamespace }: Places): readonly Need[] => [
  ...needs(['list'], '', ['nodes', 'pods']),
  ...needs(['get'], 'apps', ['deployments'], namespace),
  ...needs(['get'], '', ['configmaps'], configNamespace),
  ...needs(['list'], KUBEOVN, ['vpcs', 'subnets', 'ovn-eips', 'ovn-fips', 'ovn-snat-rules']),
  ...needs(['get'], '', ['pods/exec'], namespace),
]

/** Everything an external address can be taken by (address-free), beside what is looked at anyway. */
const owners = (): readonly Need[] => [
  ...needs(['list'], '', ['services']),
  ...needs(['list'], KUBEOVN, ['ovn-dnat-rules', 'iptables-eips', 'vpc-egress-gateways', 'ips', 'vips']),
]

/** The owner of NAT rows that no other look asks for (R34). */
const dnatRules = (): readonly Need[] => needs(['list'], KUBEOVN, ['ovn-dnat-rules'])

/** A run's lock, and the uid of kube-system, which names the cluster in the journal. */
const run = ({ configNamespace }: Places): readonly Need[] => [
  ...needs(['get'], '', ['namespaces'], 'kube-system'),
  ...needs(['get', 'create', 'update', 'delete'], 'coordination.k8s.io', ['leases'], configNamespace),
]
const config = ({ configNamespace }: Places): readonly Need[] => needs(['create', 'patch', 'update', 'delete'], '', ['configmaps'], configNamespace)
const nodes = (): readonly Need[] => [...needs(['watch', 'patch'], '', ['nodes']), ...needs(['patch'], KUBEOVN, ['vpcs'])]
/** The mark of a node in maintenance. */
const marking = (): readonly Need[] => needs(['patch'], '', ['nodes'])
const pods = (): readonly Need[] => needs(['get', 'watch', 'patch'], '', ['pods'])
/** Asking from inside a pod, where the site has an outside host to compare with. */
const inside: Part = (_places, probed) => (probed ? needs(['get'], '', ['pods/exec']) : [])
const templates = (): readonly Need[] => needs(['list'], 'apps', ['deployments', 'statefulsets', 'daemonsets'])

const PARTS: Readonly<Record<string, readonly Part[]>> = {
  check: [looking, owners, inside],
  install: [looking, run, config, nodes, templates],
  change: [looking, run, config, nodes, pods, templates],
  uninstall: [looking, run, config, nodes, pods, templates],
  assign: [looking, owners, run, pods, inside],
  release: [looking, run, pods],
  apply: [looking, owners, run, config, pods, inside],
  repair: [looking, run, config, pods],
  drill: [looking, run, inside],
  maintain: [looking, run, marking, inside],
  sweep: [looking, dnatRules, run],
}

/** Runbooks with needs of their own; any other name needs what looking needs. */
export const needsOf = (runbook: string, places: Places, probed: boolean): readonly Need[] =>
  (PARTS[runbook] ?? [looking]).flatMap((part) => part(places, probed))

/** A List of Roles and a ClusterRole that grant what is missing; binding them to a subject is the administrator's. */
export function roleFor(missing: readonly Need[], name: string): Json {
  const namespaces = [...new Set(missing.map((m) => m.namespace))]
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: namespaces.map((namespace) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: namespace === undefined ? 'ClusterRole' : 'Role',
      metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
      rules: rulesOf(missing.filter((m) => m.namespace === namespace)),
    })),
  }
}

function rulesOf(list: readonly Need[]): Json {
  const rules = new Map<string, { group: string; resource: string; verbs: string[] }>()
  for (const { group, resource, subresource, verb } of list) {
    const full = subresource === undefined ? resource : `${resource}/${subresource}`
    const rule = rules.get(`${group} ${full}`) ?? { group, resource: full, verbs: [] }
    if (!rule.verbs.includes(verb)) rule.verbs.push(verb)
    // Servers from 1.35 ask for create as well.
    if (full === 'pods/exec' && !rule.verbs.includes('create')) rule.verbs.push('create')
    rules.set(`${group} ${full}`, rule)
  }
  return [...rules.values()].map(({ group, resource, verbs }) => ({ apiGroups: [group], resources: [resource], verbs }))
}
