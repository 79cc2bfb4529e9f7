/** A Look made of one moment of the real Kube-OVN (test/fixtures/checks, from shared/recordings), parsed by the real parsers. */
import { readFileSync } from 'node:fs'
import type { Ctx } from '../../../lib/define.ts'
import { createLook, type Look } from '../../../lib/gateway/look.ts'
import type { Site } from '../../../lib/inventory/site.ts'
import type { BoundCheck, Finding } from '../../../lib/kernel/check.ts'
import { runChecks } from '../../../lib/kernel/checks.ts'
import { OvngwError } from '../../../lib/kernel/errors.ts'
import type { Kube, KubeObject, Resource } from '../../../lib/kube/port.ts'
import type { Command, Output, Runner } from '../../../lib/proc/command.ts'

type Listing = { headings: string[]; data: unknown[][] }
type Tables = Record<string, Listing>
type Host = { ovs: Tables; address: Record<string, unknown>[]; route: unknown[] }

/** What a fixture holds; tests may change it before looking. */
export interface Recording {
  nb: Tables
  sb: Tables
  nodes: KubeObject[]
  pods: KubeObject[]
  configMap: KubeObject | null
  vpcs: KubeObject[]
  subnets: KubeObject[]
  ovnEips: KubeObject[]
  hosts: Record<string, Host>
  /** Not recorded: objects of other kinds by plural, `denied` where reading is forbidden, `no type` where Kube-OVN is too old to have it. */
  others: Record<string, KubeObject[] | 'denied' | 'no type'>
  /** Nodes whose OVS pod does not answer. */
  down: string[]
  /** Arguments of kube-ovn-controller. */
  flags: string[]
  version: string
  /** Where Kube-OVN's own pods and its controller's Deployment are. */
  namespace: string
  site: Site
}

const VERSIONS = { '1.16.2': 'kube-ovn-v1.16.2-ovn-25.03', '1.11.24': 'kube-ovn-v1.11.24-ovn-23.03' } as const

export const EMPTY_SITE: Site = { name: 'lab', cluster: {}, pools: [], assignments: [], accept: [] }

export function recording(scene: string, version: keyof typeof VERSIONS = '1.16.2'): Recording {
  const read = readFileSync(new URL(`../../fixtures/checks/${VERSIONS[version]}/${scene}.json`, import.meta.url), 'utf8')
  const held = JSON.parse(read) as Omit<Recording, 'others' | 'down' | 'flags' | 'version' | 'namespace' | 'site'>
  const made: Recording = { ...held, others: {}, down: [], flags: [], version, namespace: 'kube-system', site: EMPTY_SITE }
  addPortGroups(made)
  return made
}

const uuidOf = (n: number): string => `00000000-0000-4000-8000-${n.toString().padStart(12, '0')}`
const cell = (table: Listing | undefined, row: unknown[], column: string): unknown => row[table?.headings.indexOf(column) ?? -1]

/**
 * Port_Group was not recorded. Kube-OVN keeps a group of pods a node for the 29000 policies; v1.16 has every pod in it (R31: those policies
 * come first), v1.11 takes EIP and SNAT pods out, else its `src-ip` routes would have no effect (R3).
 */
function addPortGroups(made: Recording): void {
  const ports = made.nb['Logical_Switch_Port']
  const data = ['node1', 'node2'].map((node, i) => {
    const members = made.pods.filter((p) => (p['spec'] as { nodeName?: string }).nodeName === node && !(made.version === '1.11.24' && isAnnotated(p)))
    const uuids = members.flatMap(
      (p) => ports?.data.filter((r) => cell(ports, r, 'name') === `${p.metadata.name}.${p.metadata.namespace}`).map((r) => cell(ports, r, '_uuid')) ?? [],
    )
    return [['uuid', uuidOf(i)], `ovn.default.${node}`, ['set', uuids], ['map', []]]
  })
  made.nb['Port_Group'] = { headings: ['_uuid', 'name', 'ports', 'external_ids'], data }
}

const isAnnotated = (p: KubeObject): boolean => ['eip', 'snat'].some((k) => p.metadata.annotations?.[`ovn.kubernetes.io/${k}`] !== undefined)

/** The answer to `--columns=… list TABLE -- list TABLE …`: one listing a line, the columns asked for. */
function listed(tables: Tables, args: readonly string[]): string {
  const lines: string[] = []
  args.forEach((arg, i) => {
    if (arg !== 'list') return
    const table = args[i + 1] ?? ''
    const columns = /^--columns=(.*)$/.exec(args[i - 1] ?? '')?.[1]?.split(',')
    const { headings, data } = tables[table] ?? { headings: columns ?? DEFAULTS[table] ?? [], data: [] }
    const at = (columns ?? headings).map((c) => headings.indexOf(c))
    if (at.includes(-1)) throw new Error(`the fixture has no column ${columns?.[at.indexOf(-1)]} in ${table}`)
    lines.push(JSON.stringify({ headings: columns ?? headings, data: data.map((row) => at.map((n) => row[n])) }))
  })
  return `${lines.join('\n')}\n`
}

/** Tables without rows that are asked for whole. */
const DEFAULTS: Record<string, string[]> = {
  BFD: ['_uuid', 'logical_port', 'dst_ip', 'status', 'external_ids'],
  Load_Balancer: ['_uuid', 'name', 'vips', 'protocol', 'external_ids'],
}

const runner = (where: string, answer: (command: Command) => string): Runner => ({
  where,
  run: async (command): Promise<Output> => ({ stdout: answer(command), stderr: '', code: 0 }),
})

const refuse = (what: string): never => {
  throw new Error(`the recording was not told to expect ${what}`)
}

function hostRunner(made: Recording, node: string): Runner {
  return runner(`node ${node}`, ({ bin, args }) => {
    if (made.down.includes(node)) throw new OvngwError('UNREACHABLE', { what: `no answer from ${node}` })
    const host = made.hosts[node] ?? refuse(`node ${node}`)
    if (bin === 'ovs-vsctl') return listed(host.ovs, args)
    if (bin === 'ip' && args.includes('address')) return JSON.stringify(host.address)
    if (bin === 'ip' && args.includes('route')) return JSON.stringify(args.includes('-6') ? [] : host.route)
    if (args.includes('ovs-appctl')) return 'ovs-vswitchd (Open vSwitch) 3.5.0\n'
    return refuse(`${bin} ${args.join(' ')} on ${node}`)
  })
}

const named = ({ namespace }: Recording, name: string, rest: object = {}): KubeObject => ({ metadata: { name, namespace }, ...rest })

function objects(made: Recording, { plural }: Resource): KubeObject[] {
  const args = ['/kube-ovn/start-controller.sh', ...made.flags]
  const controller = { image: `docker.io/kubeovn/kube-ovn:v${made.version}`, args }
  const known: Record<string, KubeObject[]> = {
    nodes: made.nodes,
    pods: [...made.pods, ...controllerPods(made)],
    configmaps: made.configMap === null ? [] : [made.configMap],
    vpcs: made.vpcs,
    subnets: made.subnets,
    'ovn-eips': made.ovnEips,
    deployments: [named(made, 'kube-ovn-controller', { spec: { template: { spec: { containers: [controller] } } } })],
    'ovn-fips': [],
    'ovn-snat-rules': [],
    'ovn-dnat-rules': [],
    'iptables-eips': [],
    'vpc-egress-gateways': [],
    ips: [],
    vips: [],
    services: [],
    'provider-networks': [],
    statefulsets: [],
    daemonsets: [],
  }
  const found = made.others[plural] ?? known[plural] ?? refuse(`resource ${plural}`)
  if (found === 'denied') throw new OvngwError('FORBIDDEN', { what: `you may not list ${plural}` })
  if (found === 'no type') throw new OvngwError('NOT_FOUND', { what: `cannot list ${plural}`, why: `the server knows no ${plural} in kubeovn.io/v1` })
  return found
}

const controllerPods = (made: Recording): KubeObject[] =>
  (made.others['controller-pods'] as KubeObject[] | undefined) ?? [
    named(made, 'kube-ovn-controller-0', { status: { conditions: [{ type: 'Ready', status: 'True' }] }, spec: { hostNetwork: true } }),
  ]

export function kubeOf(made: Recording): Kube {
  const only = {
    list: async (resource: Resource, o?: { labelSelector?: string }) => {
      const items = objects(made, resource)
      return { items: resource.plural === 'pods' && o?.labelSelector === 'app=kube-ovn-controller' ? controllerPods(made) : items, resourceVersion: '1' }
    },
    find: async (resource: Resource, ref: { name: string; namespace?: string }) =>
      objects(made, resource).find((o) => o.metadata.name === ref.name && (ref.namespace ?? 'kube-system') === (o.metadata.namespace ?? 'kube-system')),
    where: { context: 'lab', server: 'https://10.250.0.1:6443', user: 'admin' },
  }
  return new Proxy(only, { get: (target, key) => Reflect.get(target, key) ?? (() => refuse(`Kube.${String(key)}`)) }) as unknown as Kube
}

/** The context of a check over one recording. `extra` replaces parts of it (outside hosts, pods). */
export function contextOf(made: Recording, extra: Partial<Ctx> = {}): Ctx {
  const signal = new AbortController().signal
  const kube = extra.kube ?? kubeOf(made)
  const fresh = (): Look =>
    createLook({
      site: made.site,
      kube,
      nb: runner('nb', (c) => listed(made.nb, c.args)),
      sb: runner('sb', (c) => listed({ ...made.sb }, c.args)),
      node: (n) => hostRunner(made, n),
      signal: () => signal,
      others: async () => [],
    })
  const look = fresh()
  const no = (what: string) => (): never => refuse(what)
  return {
    signal,
    site: made.site,
    kube,
    nb: runner('nb', no('nb')),
    sb: runner('sb', no('sb')),
    node: (n) => hostRunner(made, n),
    pod: no('a pod'),
    outside: [],
    look: () => look,
    lookAgain: fresh,
    readYaml: no('a file'),
    findings: { found: () => {}, accepted: () => undefined },
    note: () => {},
    ...extra,
  } as Ctx
}

/** Findings of the checks over a recording. */
export const found = (made: Recording, checks: readonly BoundCheck<Ctx>[], extra: Partial<Ctx> = {}): Promise<readonly Finding[]> =>
  runChecks(checks, contextOf(made, extra), () => undefined)

/** What a person would have to look at: `fail id object` of every fail, warn and unknown, and `cause: id object` of what follows from one; sorted. */
export const wrong = (findings: readonly Finding[]): readonly string[] =>
  findings
    .filter((f) => f.because !== undefined || (f.outcome !== 'pass' && f.outcome !== 'skip'))
    .map((f) => `${f.because === undefined ? f.outcome : `${f.because}:`} ${f.id}${f.object === undefined ? '' : ` ${f.object}`}`)
    .sort()
