import { defineCheck, fail, pass } from '../../lib/define.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { readScene } from '../../lib/gateway/judge-scene.ts'

/** R36: the VLAN is a flag of the controller, not a key of the ConfigMap. */
export const configVlan = defineCheck({
  id: 'config-vlan',
  group: 'config',
  title: 'the VLAN of the external network is as the controller was told',
  level: 'fatal',
  reads: 'arguments of Deployment kube-ovn-controller (--external-gateway-vlanid); the localnet port in OVN',
  why: 'frames with another tag than the segment’s are dropped by the physical switch; an existing localnet port keeps its old tag',
  mend: 'set --external-gateway-vlanid to the segment’s VLAN (0: untagged), then let `ovngw change` rebuild the port',
  run: async (ctx) => {
    const { settings, parts } = await readScene(ctx.look())
    const { vlan, namespace } = settings
    if (!Number.isInteger(vlan) || vlan < 0 || vlan > 4094)
      return fail(`VLAN ${vlan} is not a number from 0 to 4094`, { object: `${namespace}/kube-ovn-controller`, hint: hint.controllerArgs(namespace) })
    const said = vlan === 0 ? 'untagged' : `VLAN ${vlan}`
    if (parts.localnet === undefined) return pass(said)
    const tag = parts.localnet.tag ?? 0
    if (tag === vlan) return pass(said, { object: parts.localnet.name })
    return fail(`${parts.localnet.name} is ${tag === 0 ? 'untagged' : `in VLAN ${tag}`}, the controller says ${said}`, {
      object: parts.localnet.name,
      hint: hint.change(ctx.site),
    })
  },
})
