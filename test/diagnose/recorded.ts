/** A diagnosis of one moment of the real Kube-OVN; what was not recorded (ACLs, BFD, the wire) is as on a healthy network unless said. */
import type { App, World as CliWorld } from '../../lib/cli/app.ts'
import { checksOf } from '../../lib/cli/cmd/diagnose.ts'
import { runProgram } from '../../lib/cli/program.ts'
import type { Registry } from '../../lib/cli/registry.ts'
import type { Ctx } from '../../lib/define.ts'
import { type Link, type Walked, walk } from '../../lib/diagnose/link.ts'
import { runChecks } from '../../lib/kernel/checks.ts'
import { asError } from '../../lib/kernel/errors.ts'
import type { Command, Output, Runner } from '../../lib/proc/command.ts'
import { checks, runbooks, tasks } from '../../tasks/index.ts'
import { contextOf, type Recording } from '../tasks/checks/recorded-look.ts'

export const registry = { checks, runbooks, tasks } as unknown as Registry
export const checkOf = checksOf(registry)

/** What the tools of a node and of NB say beside the recording. */
export interface World {
  /** Stations that answer ARP outside, by address; the next hop and OVN's own answer by themselves unless `silent`. */
  readonly answers?: Readonly<Record<string, string>>
  readonly silent?: boolean
  /** `ovn-appctl connection-status`, by node. */
  readonly controller?: Readonly<Record<string, Output>>
  /** `bfd_status` of the tunnel ports, by node; `none`: no tunnel ports. */
  readonly tunnels?: Readonly<Record<string, Readonly<Record<string, string>> | 'none'>>
  /** Listings of ACL and Port_Group. */
  readonly acls?: readonly [acl: object, group: object]
  readonly trace?: string
}

export const HOP = '172.56.0.1'
const HOP_MAC = '02:00:00:00:00:01'
const said = (stdout: string, code = 0, stderr = ''): Output => ({ stdout, stderr, code })
const listing = (headings: readonly string[], data: readonly unknown[]): string => JSON.stringify({ headings, data })

const NO_ACLS = [
  { headings: ['_uuid', 'action', 'direction', 'match', 'priority', 'external_ids'], data: [] },
  { headings: ['_uuid', 'name', 'ports', 'acls', 'external_ids'], data: [] },
] as const

function tunnels(made: Recording, node: string, bfd: Readonly<Record<string, string>> | 'none' | undefined): string {
  const { headings = [], data = [] } = made.hosts[node]?.ovs['Interface'] ?? {}
  const at = ['_uuid', 'name', 'type', 'options', 'error'].map((c) => headings.indexOf(c))
  const rows = data.map((row) => [...at.map((i) => row[i]), ['map', Object.entries(bfd === 'none' ? {} : (bfd ?? {}))]])
  const isTunnel = (row: readonly unknown[]): boolean => JSON.stringify(row[3]).includes('remote_ip')
  return listing(['_uuid', 'name', 'type', 'options', 'error', 'bfd_status'], bfd === 'none' ? rows.filter((r) => !isTunnel(r)) : rows)
}

const replies = (answers: Readonly<Record<string, string>>): string =>
  Object.entries(answers)
    .map(([address, mac]) => `10:00:00.000000 ARP, Reply ${address} is-at ${mac}, length 28`)
    .join('\n')

function withTools(made: Recording, base: Ctx, world: World, routerMac: string): Partial<Ctx> {
  const wire = world.silent === true ? {} : { [HOP]: HOP_MAC, ...Object.fromEntries(externals(made).map((a) => [a, routerMac])) }
  const node = (name: string): Runner => {
    const inner = base.node(name)
    const run = async (command: Command): Promise<Output> => {
      const { bin, args } = command
      if (args.includes('ovn-appctl')) return world.controller?.[name] ?? said('connected\n')
      if (bin === 'ping') return said('1 packets transmitted, 1 received')
      if (bin === 'ovs-ofctl') return said('')
      if (args.includes('ovs-appctl')) return said('ovs-vswitchd (Open vSwitch) 3.5.0\n')
      if (bin === 'timeout') return said(replies({ ...wire, ...world.answers }), 124)
      if (bin === 'ovs-vsctl' && args.some((a) => a.includes('bfd_status'))) return said(tunnels(made, name, world.tunnels?.[name]))
      return inner.run(command)
    }
    return { where: name, run }
  }
  const [acl, group] = world.acls ?? NO_ACLS
  return {
    node,
    nb: { where: 'nb', run: async () => said(`${JSON.stringify(acl)}\n${JSON.stringify(group)}\n`) },
    sb: { where: 'sb', run: async () => said(world.trace ?? '', world.trace === undefined ? 1 : 0) },
  }
}

const externals = (made: Recording): readonly string[] => {
  const { headings = [], data = [] } = made.nb['NAT'] ?? {}
  return data.map((row) => String(row[headings.indexOf('external_ip')]))
}

export async function contextWithTools(made: Recording, world: World): Promise<Ctx> {
  const base = contextOf(made)
  const mac = (await base.look().parts()).routerPort?.mac ?? ''
  return { ...base, ...withTools(made, base, world, mac) }
}

export async function diagnosed(made: Recording, world: World, links: (ctx: Ctx) => readonly Link[]): Promise<readonly Walked[]> {
  const ctx = await contextWithTools(made, world)
  return walk(links(ctx), (bound) => runChecks(bound, ctx, () => undefined))
}

/** `nat`: the first broken link; `? wire`: the first that could not be seen; `whole`. */
export function named(walked: readonly Walked[]): string {
  const broken = walked.find((w) => w.state === 'broken')
  const unseen = walked.find((w) => w.state === 'unseen')
  return broken?.link ?? (unseen === undefined ? 'whole' : `? ${unseen.link}`)
}

/** What is typed before a recorded cluster, as seen from an 80 column terminal; the exit code, or the error main would print. */
export async function atTerminal(made: Recording, ctx: Ctx, argv: readonly string[]) {
  const said: string[] = []
  const world = { site: made.site, kube: ctx.kube, accepted: () => undefined, context: () => ctx, close: async () => undefined } as unknown as CliWorld
  const app = {
    out: { write: (text: string) => void said.push(text), columns: 80, color: false },
    err: { write: () => undefined, columns: 80, color: false },
    interactive: false,
    env: {},
    cwd: '/nowhere',
    now: () => new Date(Date.UTC(2026, 10, 22)),
    registry: async () => registry,
    world: async () => world,
  } as unknown as App
  const exit = await runProgram(argv, app).catch((thrown: unknown) => asError(thrown))
  return { exit, out: said.join('') }
}
