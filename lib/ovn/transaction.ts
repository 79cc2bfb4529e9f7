/**
 * Writes to the northbound database. An Op is one or more commands of ovn-nbctl that belong together; Ops joined with `--` are one
 * OVSDB transaction: all of it happens or none. Never `--wait=hv` (one dead chassis hangs it, reality.md).
 *
 * What ovn-nbctl makes of arguments (ovn-nbctl(8), ctl_parse_commands): options are read before the command's name only, so a name
 * with a leading dash stays a name; only an argument that is exactly `--` cannot be one, and is refused here.
 */
import { OvngwError } from '../kernel/errors.ts'
import { type Command, type Runner, write } from '../proc/command.ts'
import { answer, type CallOptions, TOOL_SECONDS } from './call.ts'
import type { Nat } from './tables.ts'

/** JSON, so that a plan can hold it. */
export type Op = {
  /** What it does, for plans: `remove NAT dnat_and_snat 172.56.0.221 → 10.16.0.3`. */
  readonly about: string
  readonly commands: readonly (readonly string[])[]
}

/** One Op of one command. `head` is ours (options and command name), `args` may be anyone's. */
export function op(about: string, head: readonly string[], ...args: readonly string[]): Op {
  const bad = args.find((a) => a === '--' || a.includes('\0'))
  if (bad !== undefined) throw new OvngwError('USAGE', { what: `${about}: ovn-nbctl cannot take ${JSON.stringify(bad)} as an argument` })
  return { about, commands: [[...head, ...args]] }
}

/** Several Ops as one: never split over transactions. */
export const together = (about: string, ops: readonly Op[]): Op => ({ about, commands: ops.flatMap((o) => o.commands) })

/** `--if-exists lr-nat-del ROUTER TYPE IP`: ovn-nbctl finds a `snat` by its logical address and the others by the external one, so every row of that type and address goes (R32: look who else owns it). */
export const natDel = (router: string, nat: Pick<Nat, 'type' | 'external_ip' | 'logical_ip'>): Op =>
  op(
    `remove NAT ${nat.type} ${nat.external_ip} → ${nat.logical_ip}`,
    ['--if-exists', 'lr-nat-del'],
    router,
    nat.type,
    nat.type === 'snat' ? nat.logical_ip : nat.external_ip,
  )

/** `--if-exists lr-policy-del ROUTER PRIORITY MATCH` */
export const policyDel = (router: string, priority: number, match: string): Op =>
  op(`remove policy ${priority} ${match}`, ['--if-exists', 'lr-policy-del'], router, String(priority), match)

/** `--if-exists [--policy=src-ip] lr-route-del ROUTER PREFIX [NEXTHOP]` */
export const routeDel = (router: string, route: { readonly ip_prefix: string; readonly nexthop?: string; readonly policy?: 'src-ip' | 'dst-ip' }): Op =>
  op(
    `remove route ${route.ip_prefix}${route.nexthop === undefined ? '' : ` via ${route.nexthop}`}`,
    ['--if-exists', ...(route.policy === undefined ? [] : [`--policy=${route.policy}`]), 'lr-route-del'],
    router,
    route.ip_prefix,
    ...(route.nexthop === undefined ? [] : [route.nexthop]),
  )

/** `--if-exists lrp-del PORT`; its gateway chassis go with it. Never without its peer while the gateway is enabled (R28, R37). */
export const lrpDel = (port: string): Op => op(`remove router port ${port}`, ['--if-exists', 'lrp-del'], port)
/** `--if-exists lsp-del PORT` */
export const lspDel = (port: string): Op => op(`remove switch port ${port}`, ['--if-exists', 'lsp-del'], port)
/** `--if-exists ls-del SWITCH`; its ports go with it. */
export const lsDel = (name: string): Op => op(`remove switch ${name}`, ['--if-exists', 'ls-del'], name)

/** `lrp-set-gateway-chassis PORT CHASSIS PRIORITY`: adds the chassis or changes its priority (0 … 32767, the highest is active). */
export const setGatewayChassis = (port: string, chassis: string, priority: number): Op =>
  op(`gateway chassis ${chassis} of ${port}: priority ${priority}`, ['lrp-set-gateway-chassis'], port, chassis, String(priority))

/** `lrp-del-gateway-chassis PORT CHASSIS`; an error when it is not there (the tool has no `--if-exists` for it). */
export const delGatewayChassis = (port: string, chassis: string): Op =>
  op(`remove gateway chassis ${chassis} of ${port}`, ['lrp-del-gateway-chassis'], port, chassis)

/** `--if-exists remove TABLE UUID COLUMN REF`: takes exactly one row out of its parent, whatever it looks like. */
export const removeRef = (about: string, table: string, parent: string, column: string, ref: string): Op =>
  op(about, ['--if-exists', 'remove', table, parent, column, ref])

/** Room for the arguments of one exec: they travel percent-encoded in the URL of a pod exec. */
const MAX_BYTES = 32 * 1024

/** `ovn-nbctl --timeout=15 -- OP -- OP …`: as few transactions as fit, in order. An Op larger than `maxBytes` gets one of its own. */
export function transactions(ops: readonly Op[], maxBytes = MAX_BYTES): readonly Command[] {
  const batches: string[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const { commands } of ops) {
    const args = commands.flatMap((c) => ['--', ...c])
    const bytes = args.reduce((n, a) => n + encodeURIComponent(a.toWellFormed()).length + '&command='.length, 0)
    if (size + bytes > maxBytes) {
      batches.push([])
      size = 0
    }
    size += bytes
    batches.at(-1)?.push(...args)
  }
  return batches.map((args) => write('ovn-nbctl', `--timeout=${TOOL_SECONDS}`, ...args))
}

/** Runs the Ops. A lost answer rejects with NOT_RUN or UNREACHABLE: read back, recompute, and only then try again. */
export async function commit(runner: Runner, ops: readonly Op[], options?: CallOptions): Promise<void> {
  for (const command of transactions(ops)) await answer(runner, command, options)
}
