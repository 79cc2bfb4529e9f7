/** Every check in the order they are shown, and the groups runbooks use. `check`, list, help and docs all come from here. */
import type { Ctx, DefinedCheck } from '../../lib/define.ts'
import type { BoundCheck } from '../../lib/kernel/check.ts'
import { configAddress } from './config-address.ts'
import { configEipSnat } from './config-eip-snat.ts'
import { configExtraSubnets } from './config-extra-subnets.ts'
import { configKeys } from './config-keys.ts'
import { configMac } from './config-mac.ts'
import { configNamespace } from './config-namespace.ts'
import { configNextHop } from './config-next-hop.ts'
import { configNodes } from './config-nodes.ts'
import { configVlan } from './config-vlan.ts'
import { controllerAlive } from './controller-alive.ts'
import { gatewayActiveChassis } from './gateway-active-chassis.ts'
import { gatewayBridge } from './gateway-bridge.ts'
import { gatewayChassis } from './gateway-chassis.ts'
import { gatewayConfigApplied } from './gateway-config-applied.ts'
import { gatewayLabels } from './gateway-labels.ts'
import { gatewayLeftovers } from './gateway-leftovers.ts'
import { gatewayMapping } from './gateway-mapping.ts'
import { gatewayPatch } from './gateway-patch.ts'
import { gatewayRouterPort } from './gateway-router-port.ts'
import { gatewaySwitch } from './gateway-switch.ts'
import { gatewaySync } from './gateway-sync.ts'
import { kubeOvnVersion } from './kube-ovn-version.ts'
import { namesAgree } from './names-agree.ts'
import { nicAddresses } from './nic-addresses.ts'
import { nicExists } from './nic-exists.ts'
import { nicForeignMac } from './nic-foreign-mac.ts'
import { nicMtu } from './nic-mtu.ts'
import { nicNotInOtherBridge } from './nic-not-in-other-bridge.ts'
import { nicNotManagement } from './nic-not-management.ts'
import { nicNotMember } from './nic-not-member.ts'
import { nicSameName } from './nic-same-name.ts'
import { nicUp } from './nic-up.ts'
import { nicVlanChildren } from './nic-vlan-children.ts'
import { noInterconnect } from './no-interconnect.ts'
import { nodeChassis } from './node-chassis.ts'
import { nodeExists } from './node-exists.ts'
import { nodeReady } from './node-ready.ts'
import { rights } from './rights.ts'

const nic = [
  nodeExists,
  nodeReady,
  nodeChassis,
  nicExists,
  nicUp,
  nicNotManagement,
  nicNotMember,
  nicNotInOtherBridge,
  nicAddresses,
  nicVlanChildren,
  nicSameName,
  nicMtu,
  nicForeignMac,
] as const

const cluster = [configAddress, configMac, configNextHop, configExtraSubnets, configEipSnat, noInterconnect, configVlan, namesAgree, configNamespace] as const

const gateway = [gatewayConfigApplied, gatewaySwitch, gatewaySync, gatewayRouterPort, gatewayChassis, gatewayActiveChassis, gatewayLabels] as const
const onNodes = [gatewayBridge, gatewayMapping, gatewayPatch] as const

/** Called with no arguments a check looks at everything it can: `ovngw check`. */
export type AnyCheck = DefinedCheck<Record<string, never>>

/** Every check there is, in the order of a person's questions. */
export const checks = [
  controllerAlive,
  kubeOvnVersion,
  rights,
  ...nic,
  configKeys,
  configNodes,
  ...cluster,
  ...gateway,
  ...onNodes,
  gatewayLeftovers,
] satisfies readonly AnyCheck[]

/** May this NIC of these nodes become the gateway's? Before anything is written. */
export const nicChecks = (nodes: readonly string[], name: string): readonly BoundCheck<Ctx>[] => nic.map((check) => check({ nodes, nic: name }))

/**
 * Is the cluster ready for the gateway the site wants? Before anything is written. What the present ConfigMap says (config-keys,
 * config-nodes) is not asked: the run is going to write it.
 */
export const configChecks = (): readonly BoundCheck<Ctx>[] => [controllerAlive({}), kubeOvnVersion({ forWrites: true }), ...cluster.map((check) => check({}))]

/** Is the gateway there, as wanted, in NB, SB and OVS? */
export const gatewayChecks = (): readonly BoundCheck<Ctx>[] => [...gateway.map((check) => check({})), ...onNodes.map((check) => check({}))]

/** Is nothing left of a gateway that is off? */
export const leftoverChecks = (): readonly BoundCheck<Ctx>[] => [gatewayLeftovers({})]

/** May the user do what this runbook does? */
export const rightsFor = (runbook: string): readonly BoundCheck<Ctx>[] => [rights({ runbook })]

// HELPER 8: the runbooks import these; please fill them (signatures as here) when the pod, address and packet checks are there. — lead
/** Controller alive and version known: before `routed` is dropped anywhere. */
export const controllerChecks = (): readonly BoundCheck<Ctx>[] => [controllerAlive({}), kubeOvnVersion({ forWrites: true })]
/** Pods (all, or these `ns/name`) are served exactly as annotated: pod-reach, pod-nat, pod-policy. Nothing annotated = nothing left. */
export const podChecks = (_pods?: readonly string[]): readonly BoundCheck<Ctx>[] => []
/** Before an address is given: controllerChecks, gateway there and enabled, pod in reach, address valid and free (wire too). */
export const addressChecks = (_pod: { readonly namespace: string; readonly name: string }, _set: { readonly eip?: string; readonly snat?: string }): readonly BoundCheck<Ctx>[] => controllerChecks()
/** Outside answers from the router port (no args; skip without a probe). */
export const packetChecks = (): readonly BoundCheck<Ctx>[] => []
/** eip-from-outside and leaves-as for one pod; skip without a probe. */
export const podPacketChecks = (_pod: { readonly namespace: string; readonly name: string }, _set: { readonly eip?: string; readonly snat?: string }): readonly BoundCheck<Ctx>[] => []
/** The old EIP no longer answers from outside. */
export const oldAddressDead = (_address: string): readonly BoundCheck<Ctx>[] => []
