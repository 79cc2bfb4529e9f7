/**
 * What a support archive holds: facts of Kubernetes, OVN and OVS, findings, logs, journals. Of Kubernetes only what the gateway reads goes in
 * (no Secret, no environment, of annotations and ConfigMaps only known keys); then everything goes through the journal's redaction.
 */

import type { Ctx } from '../define.ts'
import { exitNodes } from '../gateway/exit.ts'
import type { Look } from '../gateway/look.ts'
import { CONFIG_NAME, KEY } from '../gateway/names.ts'
import { isAnnotated } from '../gateway/pods.ts'
import type { Site } from '../inventory/site.ts'
import { REDACTED, redact } from '../journal/redact.ts'
import { asError } from '../kernel/errors.ts'
import type { Json } from '../kernel/json.ts'
import type { KubeObject } from '../kube/port.ts'
import { readLogs } from './logs.ts'

export interface Entry {
  /** Path inside the archive; shorter than 100 characters. */
  readonly name: string
  readonly text: string
}

export interface Collected {
  readonly entries: readonly Entry[]
  /** Sources that could not be read, one line each. */
  readonly unread: readonly string[]
}

/** An entry of JSON, without secrets. */
export function jsonEntry(name: string, value: unknown): Entry {
  const plain = JSON.parse(JSON.stringify(value ?? null)) as Json
  return { name, text: `${JSON.stringify(redact(plain).value, null, 1)}\n` }
}

/** An entry of text. Lines that are JSON are redacted by their keys too: a journal, a log in that form. */
export function textEntry(name: string, text: string): Entry {
  const lines = text.split('\n').map((line) => cleanLine(line))
  return { name, text: String(redact(lines.join('\n')).value) }
}

function cleanLine(line: string): string {
  if (!line.startsWith('{')) return line
  try {
    return JSON.stringify(redact(JSON.parse(line) as Json).value)
  } catch {
    return line
  }
}

/** Keys whose values are the gateway's own. */
const KNOWN_DATA: ReadonlySet<string> = new Set<string>([...Object.values(KEY), 'enable-ic', 'az-name', 'ic-db-host', 'gw-nodes', 'auto-route'])

export function configEntry(name: string, configMap: KubeObject | undefined): Entry {
  const data = Object.entries((configMap?.['data'] ?? {}) as Readonly<Record<string, string>>)
  const known = data.map(([key, value]) => [key, configMap?.metadata.name !== CONFIG_NAME || KNOWN_DATA.has(key) ? value : REDACTED])
  return jsonEntry(name, configMap === undefined ? null : { ...slim(configMap), data: Object.fromEntries(known) })
}

/** An object without what others wrote: of its annotations only Kube-OVN's, no managed fields. */
export function slim({ apiVersion, kind, metadata, spec, status }: KubeObject): object {
  const { name, namespace, uid, labels, annotations = {}, creationTimestamp, deletionTimestamp } = metadata
  const ours = Object.entries(annotations).filter(([key]) => /(^|\.)(ovn\.kubernetes\.io|kubeovn\.io)\//.test(key))
  const { images: _images, ...rest } = (status ?? {}) as Readonly<Record<string, unknown>>
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, uid, labels, annotations: Object.fromEntries(ours), creationTimestamp, deletionTimestamp },
    spec,
    status: rest,
  }
}

/** The site without the commands of its probes: their arguments are anybody's. */
const slimSite = ({ probe, cluster: { kubeconfig: _kubeconfig, ...cluster }, ...site }: Site): object => ({
  ...site,
  cluster,
  probe: probe === undefined ? undefined : { outside: probe.outside.length, target: probe.target },
})

/** So many nodes are looked at: those that matter come first. */
const NODES = 20

async function nodesOf(look: Look): Promise<readonly string[]> {
  const [exits, pods] = await Promise.all([exitNodes(look), look.pods()])
  return [...new Set([...exits, ...pods.filter(isAnnotated).flatMap((p) => p.node ?? [])])].slice(0, NODES)
}

const LISTS: Readonly<Record<string, (look: Look) => Promise<readonly KubeObject[]>>> = {
  nodes: (l) => l.nodes(),
  subnets: (l) => l.subnets(),
  'ovn-eips': (l) => l.ovnEips(),
  'ovn-fips': (l) => l.ovnFips(),
  'ovn-snat-rules': (l) => l.ovnSnatRules(),
  'ovn-dnat-rules': (l) => l.ovnDnatRules(),
  'iptables-eips': (l) => l.iptablesEips(),
  'egress-gateways': (l) => l.egressGateways(),
  vips: (l) => l.vips(),
}

/** Reads every source on its own: one that fails is named, and hides no other. */
export async function collect(ctx: Ctx): Promise<Collected> {
  const look = ctx.look()
  const unread: string[] = []
  const kept = async (what: string, read: () => Promise<readonly Entry[]>): Promise<readonly Entry[]> => {
    try {
      return await read()
    } catch (thrown) {
      const error = asError(thrown)
      if (error.code === 'CANCELLED') throw error
      unread.push(`${what}: ${error.message}`)
      return []
    }
  }
  const one = (name: string, read: () => Promise<unknown>) => kept(name, async () => [jsonEntry(`${name}.json`, await read())])
  const nodes = await nodesOf(look).catch(() => [])
  const lists = await Promise.all([
    one('kube/settings', () => look.settings()),
    kept('ConfigMap', async () => [configEntry('kube/config-map.json', await look.configMap())]),
    kept('address memory', async () => [configEntry('kube/address-memory.json', await look.addressMemory())]),
    one('kube/vpc', async () => slimOrNone(await look.vpc())),
    one('kube/pods', () => look.pods()),
    ...Object.entries(LISTS).map(([name, list]) => one(`kube/${name}`, async () => (await list(look)).map(slim))),
    one('ovn/nb', () => look.nb()),
    one('ovn/sb', () => look.sb()),
    ...nodes.flatMap((n) => [
      one(`nodes/${n}/ovs`, () => look.ovs(n)),
      one(`nodes/${n}/links`, () => look.links(n)),
      one(`nodes/${n}/routes`, () => look.routes(n)),
    ]),
    kept('logs', async () => {
      const logs = await readLogs(ctx, nodes)
      unread.push(...logs.unread.map(({ from, where, error }) => `log of ${from} ${where}: ${error.message}`))
      return logs.read.map(({ from, where, text }) => textEntry(`logs/${from}/${where.slice(0, 60)}.log`, text))
    }),
  ])
  return { entries: [jsonEntry('site.json', slimSite(ctx.site)), ...lists.flat()], unread: unread.toSorted() }
}

const slimOrNone = (object: KubeObject | undefined): object | null => (object === undefined ? null : slim(object))
