import { defineCheck, fail, pass, skip } from '../../lib/define.ts'
import { type MacUser, wrongMac } from '../../lib/gateway/judge-config.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { NOTHING_WANTED, readScene, wantedGateway, wantedNodes } from '../../lib/gateway/judge-scene.ts'

export const configMac = defineCheck({
  id: 'config-mac',
  group: 'config',
  title: 'the router port MAC is unicast and used by nobody else',
  level: 'fatal',
  reads: 'the site, else the ConfigMap; NICs of the gateway nodes; router ports in OVN',
  why: 'two stations with one MAC on a segment take each other’s packets; a multicast MAC is dropped by switches',
  mend: 'use a locally administered MAC (x2, x6, xA or xE as second digit) that no NIC and no other router port has',
  run: async (ctx) => {
    const look = ctx.look()
    const wanted = await wantedGateway(look)
    if (wanted === undefined) return skip(NOTHING_WANTED)
    if (wanted.mac === undefined) return pass('Kube-OVN chooses the MAC')
    const { nodes, nb, parts } = await readScene(look)
    const known = wantedNodes(wanted, nodes).filter((name) => nodes.some((n) => n.metadata.name === name))
    const links = await Promise.all(
      known.map(async (node) => (await look.links(node)).map((l): MacUser => ({ mac: l.mac ?? '', who: `${l.name} of ${node}` }))),
    )
    const ports = nb.routerPorts.filter((p) => p.uuid !== parts.routerPort?.uuid).map((p): MacUser => ({ mac: p.mac, who: `router port ${p.name}` }))
    const why = wrongMac(wanted.mac, [...links.flat(), ...ports])
    const rest = { object: wanted.mac }
    return why === undefined ? pass(`${wanted.mac} is free`, rest) : fail(why, { ...rest, hint: hint.change(ctx.site) })
  },
})
