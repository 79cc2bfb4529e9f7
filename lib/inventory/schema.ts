/** The YAML form of a site (product.md, "Inventory"). One zod schema gives parsing, messages and the published JSON Schema. */
import { z } from 'zod'
import {
  addressRange,
  anyIp,
  checkId,
  date,
  echoUrl,
  gatewayAddress,
  hostAddress,
  interfaceName,
  labelKey,
  labelValue,
  macAddress,
  namespaceName,
  nodeName,
  ovnName,
  plain,
  podName,
  poolName,
  port,
  sshDestination,
  workloadName,
} from './fields.ts'

const cluster = z
  .strictObject({
    context: plain('context of the kubeconfig; absent: its current one', 'lab').optional(),
    kubeconfig: plain('kubeconfig file, ~ allowed; absent: kubectl’s own rules', '~/.kube/config').optional(),
    namespace: namespaceName.optional(),
    configNamespace: namespaceName.optional(),
    router: ovnName.optional(),
    switch: ovnName.optional(),
    network: ovnName.optional(),
    vlan: z
      .int()
      .min(1)
      .max(4094)
      .meta({ description: 'VLAN of the localnet port', examples: [100] })
      .optional(),
  })
  .meta({ description: 'Which cluster. All but context and kubeconfig is discovered from the controller; what stands here overrides it.' })

const node = z.union([
  nodeName,
  z.strictObject({
    name: nodeName,
    priority: z
      .int()
      .min(0)
      .max(32767)
      .meta({ description: 'gateway chassis priority, the highest is active', examples: [100] })
      .optional(),
  }),
])

export const gatewaySchema = z
  .strictObject({
    type: z.enum(['centralized', 'distributed']).default('centralized').meta({ description: 'who translates: chosen nodes, or each node its own pods' }),
    nodes: z
      .array(node)
      .default([])
      .meta({ description: 'gateway nodes', examples: [['gw-1']] }),
    nic: interfaceName,
    address: gatewayAddress,
    mac: macAddress.optional(),
    nextHop: hostAddress.meta({ description: 'the physical gateway (ConfigMap external-gw-addr)' }).optional(),
  })
  .meta({ description: 'the external gateway as it should be' })

export const poolSchema = z.strictObject({
  name: poolName,
  ranges: z
    .array(addressRange)
    .min(1)
    .meta({ examples: [['172.56.0.200-172.56.0.239']] }),
  reserved: z.record(hostAddress, z.string()).default({}).meta({ description: 'addresses never given out, and why; may lie outside the ranges' }),
  onLink: z.boolean().default(true).meta({ description: 'false: not in the router port’s network, routed to it' }),
})

export const assignmentSchema = z.strictObject({
  pod: podName.optional(),
  workload: workloadName.optional(),
  select: z
    .strictObject({ namespace: namespaceName.optional(), labels: z.record(labelKey, labelValue).default({}) })
    .meta({ description: 'pods by namespace and labels' })
    .optional(),
  eip: z
    .union([hostAddress, z.strictObject({ pool: poolName })])

    .optional(),
  snat: hostAddress.optional(),
  prove: port.optional(),
  note: plain('free text', 'CHG-1234').optional(),
})

const acceptance = z.strictObject({
  check: checkId,
  object: plain('what the check looked at', 'gw-1/eth1').optional(),
  reason: plain('why it is all right here', 'jumbo frames stay inside'),
  until: date.optional(),
})

const vantage = z.strictObject({
  exec: z
    .array(z.string())
    .min(1)
    .meta({ description: 'command prefix', examples: [['ip', 'netns', 'exec', 'outside']] })
    .optional(),
  ssh: sshDestination.optional(),
  http: echoUrl.optional(),
})

export const siteSchema = z
  .strictObject({
    cluster: cluster.default({}),
    gateway: gatewaySchema.optional(),
    pools: z.array(poolSchema).default([]).meta({ description: 'addresses to give out' }),
    assignments: z.array(assignmentSchema).default([]).meta({ description: 'which pod has which address' }),
    accept: z.array(acceptance).default([]).meta({ description: 'findings that are known and all right' }),
    probe: z
      .strictObject({
        outside: z.array(vantage).default([]).meta({ description: 'hosts outside that ask: by commands run there, or an echo' }),
        target: z.array(anyIp).default([]).meta({ description: 'outside addresses that answer ping' }),
      })
      .meta({ description: 'how packets are proved from outside' })
      .optional(),
  })
  .meta({ title: 'ovngw site', description: 'One cluster’s external gateway and addresses as wanted' })

export type SiteInput = z.output<typeof siteSchema>
