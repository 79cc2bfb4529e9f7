/** Every check in the order they are shown, and the groups runbooks use. `check`, list, help and docs all come from here. */
import { type Ctx, type DefinedCheck, verify } from '../../lib/define.ts'
import type { AddressArgs } from '../../lib/gateway/judge-external.ts'
import { podName } from '../../lib/gateway/pods.ts'
import type { PodRef } from '../../lib/inventory/site.ts'
import type { BoundCheck } from '../../lib/kernel/check.ts'
import type { Step } from '../../lib/kernel/task.ts'
import { addressFree } from './address-free.ts'
import { addressSilent } from './address-silent.ts'
import { addressValid } from './address-valid.ts'
import { apiAnswers } from './api-answers.ts'
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
import { eipFromOutside } from './eip-from-outside.ts'
import { gatewayActiveChassis } from './gateway-active-chassis.ts'
import { gatewayBridge } from './gateway-bridge.ts'
import { gatewayChassis } from './gateway-chassis.ts'
import { gatewayConfigApplied } from './gateway-config-applied.ts'
import { gatewayEnabled } from './gateway-enabled.ts'
import { gatewayLabels } from './gateway-labels.ts'
import { gatewayLeftovers } from './gateway-leftovers.ts'
import { gatewayMaintenance } from './gateway-maintenance.ts'
import { gatewayMapping } from './gateway-mapping.ts'
import { gatewayPatch } from './gateway-patch.ts'
import { gatewayRouterPort } from './gateway-router-port.ts'
import { gatewaySwitch } from './gateway-switch.ts'
import { gatewaySync } from './gateway-sync.ts'
import { kubeOvnVersion } from './kube-ovn-version.ts'
import { largePackets } from './large-packets.ts'
import { leavesAs } from './leaves-as.ts'
import { namesAgree } from './names-agree.ts'
import { natStrays } from './nat-strays.ts'
import { neighbourMac } from './neighbour-mac.ts'
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
import { oldEipDead } from './old-eip-dead.ts'
import { outsideAnswers } from './outside-answers.ts'
import { ovnAnswers } from './ovn-answers.ts'
import { ovnFollows } from './ovn-follows.ts'
import { ovsRuns } from './ovs-runs.ts'
import { podAddressValues } from './pod-address-values.ts'
import { podDuplicates } from './pod-duplicates.ts'
import { podNat } from './pod-nat.ts'
import { podPolicy } from './pod-policy.ts'
import { podReach } from './pod-reach.ts'
import { poolExcluded } from './pool-excluded.ts'
import { rights } from './rights.ts'
import { routedTruth } from './routed-truth.ts'

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

const pod = [podReach, podAddressValues, podDuplicates, podNat, podPolicy, routedTruth] as const

/** Called with no arguments a check looks at everything it can: `ovngw check`. */
export type AnyCheck = DefinedCheck<Record<string, never>>

/** Every check there is, in the order of a person's questions. */
export const checks = [
  apiAnswers,
  controllerAlive,
  kubeOvnVersion,
  rights,
  ...nic,
  ovsRuns,
  configKeys,
  configNodes,
  ...cluster,
  ...gateway,
  ...onNodes,
  ovnAnswers,
  ovnFollows,
  gatewayEnabled,
  gatewayLeftovers,
  gatewayMaintenance,
  ...pod,
  natStrays,
  addressValid,
  addressFree,
  addressSilent,
  poolExcluded,
  outsideAnswers,
  eipFromOutside,
  leavesAs,
  largePackets,
  neighbourMac,
  oldEipDead,
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

/** Is this a Kube-OVN that ovngw writes to unasked? */
export const versionChecks = (): readonly BoundCheck<Ctx>[] => [kubeOvnVersion({ forWrites: true })]

/** Does the controller act on what is written? */
export const controllerChecks = (): readonly BoundCheck<Ctx>[] => [controllerAlive({}), kubeOvnVersion({ forWrites: true }), configEipSnat({})]

/** Are these pods (`namespace/name`) served exactly as annotated? Without names: all pods, and rows that belong to nobody. */
export const podChecks = (pods?: readonly string[]): readonly BoundCheck<Ctx>[] =>
  pods === undefined ? [...pod.map((check) => check({})), natStrays({})] : pod.map((check) => check({ pods }))

/** An EIP or SNAT somebody wants to give a pod. */
export interface AddressWish {
  readonly eip?: string | undefined
  readonly snat?: string | undefined
}

/** May the pod get these addresses? Before anything is written. */
export function addressChecks(ref: PodRef, { eip, snat }: AddressWish): readonly BoundCheck<Ctx>[] {
  const target = { namespace: ref.namespace, name: ref.name }
  const wishes = [
    ...(eip === undefined ? [] : [{ address: eip, kind: 'eip' as const, pod: target }]),
    ...(snat === undefined ? [] : [{ address: snat, kind: 'snat' as const, pod: target }]),
  ]
  return [
    ...controllerChecks(),
    gatewayEnabled({ required: true }),
    configNextHop({}),
    podReach({ pods: [podName(ref)], absentOk: true }),
    ...wishes.flatMap((wish) => [addressValid(wish), addressFree(wish), addressSilent(wish)]),
  ]
}

/** May all these pods get these addresses in one run? `leaving`: see AddressArgs. */
export const assignmentChecks = (asks: NonNullable<AddressArgs['asks']>, leaving: NonNullable<AddressArgs['leaving']>): readonly BoundCheck<Ctx>[] => [
  ...controllerChecks(),
  gatewayEnabled({ required: asks.length > 0 }),
  ...(asks.length === 0 ? [] : [configNextHop({}), addressValid({ asks }), addressFree({ asks, leaving }), addressSilent({ asks }), poolExcluded({})]),
]

/** So many pods of a wave are asked with packets. */
const PROVED = 5

/** A row is in the database before its flows are in every switch: what does not answer is asked again, some seconds each. */
export const SENT = 3

/** Do the first pods of a wave answer from outside, and leave under their address? */
export const wavePackets = (pods: readonly string[]): Step<Ctx, never, never> => {
  const sample = { pods: pods.slice(0, PROVED) }
  return verify({ id: 'packets', checks: [eipFromOutside(sample), leavesAs(sample)], tries: SENT })
}

/** Is the outside reached, by packets? */
export const packetChecks = (args: { readonly baselineDead?: boolean } = {}): readonly BoundCheck<Ctx>[] => [outsideAnswers(args)]

/** Is the outside reached, and are these pods (`namespace/name`) under their EIP? */
export const samplePackets = (pods: readonly string[]): readonly BoundCheck<Ctx>[] => [
  ...packetChecks(),
  ...(pods.length === 0 ? [] : [eipFromOutside({ pods }), leavesAs({ pods: pods.slice(0, PROVED) })]),
]

/** Is this pod reached under its EIP, and does it leave under its address? */
export const podPacketChecks = (ref: PodRef, { eip }: AddressWish): readonly BoundCheck<Ctx>[] => [
  ...(eip === undefined ? [] : [eipFromOutside({ pods: [podName(ref)] })]),
  leavesAs({ pods: [podName(ref)] }),
]

/** Is an address that was taken away dead? */
export const oldAddressDead = (address: string, args: { readonly baselineDead?: boolean } = {}): readonly BoundCheck<Ctx>[] => [
  oldEipDead({ address, ...args }),
]
