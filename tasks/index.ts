/** The ordered registry: list, help, flags, menu, docs and JSON Schema all come from it. */
import type { Ctx } from '../lib/define.ts'
import type { Runbook } from '../lib/kernel/runbook.ts'
import type { AnyTask } from '../lib/kernel/task.ts'
import { annotate } from './annotate.ts'
import { annotatePods } from './annotate-pods.ts'
import { announce } from './announce.ts'
import { awaitWindow } from './await-window.ts'
import { createPod } from './create-pod.ts'
import { drillResult } from './drill-result.ts'
import { guardRows } from './guard-rows.ts'
import { labelNodes } from './label-nodes.ts'
import { markMaintenance } from './mark-maintenance.ts'
import { moveGateway } from './move-gateway.ts'
import { pickProbes } from './pick-probes.ts'
import { provePackets } from './prove-packets.ts'
import { provePods } from './prove-pods.ts'
import { pruneUplinks } from './prune-uplinks.ts'
import { rebuildPort } from './rebuild-port.ts'
import { recoveryCard } from './recovery-card.ts'
import { rememberAddresses } from './remember-addresses.ts'
import { removeGateway } from './remove-gateway.ts'
import { removeRows } from './remove-rows.ts'
import { removeStrays } from './remove-strays.ts'
import { reroute } from './reroute.ts'
import { returnGateway } from './return-gateway.ts'
import apply from './runbooks/apply.ts'
import assign from './runbooks/assign.ts'
import change from './runbooks/change.ts'
import drill from './runbooks/drill.ts'
import install from './runbooks/install.ts'
import maintain from './runbooks/maintain.ts'
import release from './runbooks/release.ts'
import repair from './runbooks/repair.ts'
import sweep from './runbooks/sweep.ts'
import uninstall from './runbooks/uninstall.ts'
import { setChassis } from './set-chassis.ts'
import { setVlan } from './set-vlan.ts'
import { settle } from './settle.ts'
import { takeBaseline } from './take-baseline.ts'
import { tell } from './tell.ts'
import { waitGateway } from './wait-gateway.ts'
import { waitRows } from './wait-rows.ts'
import { writeConfig } from './write-config.ts'

export { checks } from './checks/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: a list of runbooks of different arguments and facts
type AnyRunbook = Runbook<Ctx, any, any>

export const runbooks = [install, change, uninstall, repair, drill, maintain, assign, release, apply, sweep] as const satisfies readonly AnyRunbook[]

export const tasks = [
  writeConfig,
  waitGateway,
  rebuildPort,
  setChassis,
  setVlan,
  labelNodes,
  pruneUplinks,
  announce,
  removeGateway,
  recoveryCard,
  takeBaseline,
  provePackets,
  pickProbes,
  moveGateway,
  returnGateway,
  drillResult,
  markMaintenance,
  annotate,
  createPod,
  waitRows,
  guardRows,
  removeStrays,
  removeRows,
  reroute,
  annotatePods,
  provePods,
  rememberAddresses,
  awaitWindow,
  settle,
  tell,
] as const satisfies readonly { readonly task: AnyTask<Ctx> & { readonly name: string } }[]
