/** The NICs of a node as choices: link, speed, addresses, use; the safe ones first, the unsafe ones with the reason and not selectable. */
import { nicChecks } from '../../tasks/checks/index.ts'
import type { Ctx } from '../define.ts'
import { runChecks } from '../kernel/checks.ts'
import type { Link } from '../ovs/node.ts'
import { readEthtool } from '../ovs/probe.ts'
import type { Choice } from './ask.ts'

/** Devices that stand for a cable; the rest (tunnels, bridges, pods' ends) can never be given away. */
const KINDS = new Set(['physical', 'veth', 'bond', 'team', 'vlan'])

export async function nicChoices(ctx: Ctx, node: string): Promise<readonly Choice<string>[]> {
  const [links, ovs] = await Promise.all([ctx.look().links(node), ctx.look().ovs(node)])
  const inside = new Set(ovs.interfaces.filter((i) => i.external_ids['iface-id'] !== undefined).map((i) => i.name))
  const nics = links.filter((l) => KINDS.has(l.kind) && !inside.has(l.name))
  const rows = await Promise.all(nics.map((l) => choice(ctx, node, l)))
  return rows.sort((a, b) => Number(a.disabled !== undefined) - Number(b.disabled !== undefined) || (a.value < b.value ? -1 : 1))
}

async function choice(ctx: Ctx, node: string, link: Link): Promise<Choice<string>> {
  const [findings, { speed }] = await Promise.all([
    runChecks(nicChecks([node], link.name), ctx, ctx.findings.accepted),
    readEthtool(ctx.node(node), link.name, { signal: ctx.signal }),
  ])
  const unsafe = findings.find((f) => f.level === 'fatal' && f.outcome === 'fail' && f.object === `${node}/${link.name}`)
  const known = link.carrier && speed !== undefined
  const addresses = link.addresses.filter((a) => !a.startsWith('fe80:'))
  const about = [
    link.carrier ? 'link up' : 'no link',
    known ? `${speed} Mb/s` : undefined,
    link.kind === 'physical' ? undefined : link.kind,
    link.master === undefined ? undefined : `in ${link.master}`,
    addresses.length === 0 ? 'no address' : addresses.join(' '),
  ]
  return { value: link.name, label: link.name, hint: about.filter((x) => x !== undefined).join(', '), disabled: unsafe?.detail }
}
