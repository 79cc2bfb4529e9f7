/** DIR/lab.json, written by the lab, and what follows from it: the stand-in's settings, as Kube-OVN's own controller reads its flags. */
import { OvngwError } from '../../kernel/errors.ts'
import { PROFILES, type Profile } from './profile.ts'

/** One node of the lab. Without `netns` its OVS is reached from where the stand-in runs (tests on a bare ovsdb-server). */
export interface LabNode {
  readonly name: string
  readonly netns?: string
  /** Folder of its `db.sock`. */
  readonly ovsRundir: string
  /** Name of its row in SB Chassis. */
  readonly chassis: string
}

export interface LabFile {
  readonly kubeconfig: string
  readonly profile: string
  readonly nodes: readonly LabNode[]
  readonly nbSocket: string
  readonly sbSocket: string
  /** Arguments of the kube-ovn-controller Deployment; a later one wins. */
  readonly controllerArgs: readonly string[]
}

export interface Settings {
  readonly profile: Profile
  readonly router: string
  readonly defaultSubnet: string
  readonly configNamespace: string
  readonly eipSnat: boolean
  readonly vlan: number
  readonly net: string
  readonly switch: string
  readonly localnet: string
  readonly bridge: string
  readonly mapping: string
  /** Port of the router towards the external switch, and its peer. */
  readonly routerPort: string
  readonly switchPort: string
}

export const CONFIG_MAP_NAME = 'ovn-external-gw-config'

/** The file's text, strictly: a missing or wrong member is PARSE. */
export function parseLabFile(text: string): LabFile {
  const file = members(JSON.parse(text), 'lab.json')
  const nodes = list(file['nodes'], 'nodes').map((n, i) => {
    const node = members(n, `nodes[${i}]`)
    const netns = node['netns']
    return {
      name: string(node['name'], `nodes[${i}].name`),
      ...(netns === undefined ? {} : { netns: string(netns, `nodes[${i}].netns`) }),
      ovsRundir: string(node['ovsRundir'], `nodes[${i}].ovsRundir`),
      chassis: string(node['chassis'], `nodes[${i}].chassis`),
    }
  })
  return {
    kubeconfig: string(file['kubeconfig'], 'kubeconfig'),
    profile: string(file['profile'], 'profile'),
    nodes,
    nbSocket: string(file['nbSocket'], 'nbSocket'),
    sbSocket: string(file['sbSocket'], 'sbSocket'),
    controllerArgs: list(file['controllerArgs'], 'controllerArgs').map((a, i) => string(a, `controllerArgs[${i}]`)),
  }
}

/** @throws OvngwError USAGE for an unknown profile or a bad flag. */
export function settingsOf(file: Pick<LabFile, 'profile' | 'controllerArgs'>): Settings {
  const profile = PROFILES[file.profile]
  if (!profile) throw new OvngwError('USAGE', { what: `no such profile: ${file.profile}`, hint: `one of ${Object.keys(PROFILES).join(', ')}` })
  const flag = (name: string, otherwise: string): string => {
    const given = file.controllerArgs.findLast((a) => a.startsWith(`--${name}=`))
    return given === undefined ? otherwise : given.slice(name.length + 3)
  }
  const sw = flag('external-gateway-switch', profile.flags.switch)
  const router = flag('cluster-router', 'ovn-cluster')
  const vlan = Number(flag('external-gateway-vlanid', '0'))
  if (!Number.isInteger(vlan) || vlan < 0 || vlan > 4095) throw new OvngwError('USAGE', { what: 'bad --external-gateway-vlanid' })
  const net = flag('external-gateway-net', profile.flags.net)
  const named = (pattern: string): string => pattern.replace('SWITCH', sw).replace('NET', net)
  return {
    profile,
    router,
    vlan,
    switch: sw,
    defaultSubnet: flag('default-ls', 'ovn-default'),
    configNamespace: flag('external-gateway-config-ns', 'kube-system'),
    eipSnat: flag('enable-eip-snat', 'true') === 'true',
    net,
    localnet: named(profile.names.localnet),
    bridge: named(profile.names.bridge),
    mapping: named(profile.names.mapping),
    routerPort: `${router}-${sw}`,
    switchPort: `${sw}-${router}`,
  }
}

const bad = (at: string, wanted: string): never => {
  throw new OvngwError('PARSE', { what: `lab.json: ${at} is not ${wanted}` })
}
const string = (value: unknown, at: string): string => (typeof value === 'string' ? value : bad(at, 'a string'))
const list = (value: unknown, at: string): readonly unknown[] => (Array.isArray(value) ? value : bad(at, 'a list'))
const members = (value: unknown, at: string): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : bad(at, 'an object')
