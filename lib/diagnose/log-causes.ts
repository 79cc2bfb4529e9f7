/**
 * Known lines of Kube-OVN's, OVN's and OVS's logs, what causes them and what to type next. Lines of the controller are those of the
 * recordings (shared/recordings, R-numbers of reality.md) and of its source; lines of kube-ovn-cni those of its setExGateway; those of
 * ovn-controller (23.03) and ovs-vswitchd (3.1) were compared with the strings of the binaries.
 */
import { hint, type Named } from '../gateway/judge-hints.ts'

export type LogSource = 'kube-ovn-controller' | 'kube-ovn-cni' | 'ovn-controller' | 'ovs-vswitchd'

export interface LogCause {
  readonly from: LogSource
  /** Group 1, where there is one, is whom the line is about. */
  readonly line: RegExp
  readonly cause: string
  next(site: Named, namespace: string): string
}

const controller = (line: RegExp, cause: string, next: LogCause['next']): LogCause => ({ from: 'kube-ovn-controller', line, cause, next })
const cni = (line: RegExp, cause: string, next: LogCause['next']): LogCause => ({ from: 'kube-ovn-cni', line, cause, next })
const ovn = (line: RegExp, cause: string, next: LogCause['next']): LogCause => ({ from: 'ovn-controller', line, cause, next })
const ovs = (line: RegExp, cause: string, next: LogCause['next']): LogCause => ({ from: 'ovs-vswitchd', line, cause, next })
const check =
  (...ids: readonly string[]) =>
  (site: Named): string =>
    hint.check(site, ...ids)

export const LOG_CAUSES: readonly LogCause[] = [
  controller(
    /subnet\.kubeovn\.io "([^"]+)" not found/,
    'there is no next hop: neither external-gw-addr nor a Subnet of that name (R1)',
    check('config-next-hop'),
  ),
  controller(
    /no available gateway nic address/,
    'there is no next hop: neither external-gw-addr nor a Subnet of the switch’s name (R1)',
    check('config-next-hop'),
  ),
  controller(
    /failed to get external subnet (\S+)/,
    'the default VPC cannot be reconciled without a next hop: annotated pods hang in ContainerCreating (R33)',
    check('config-next-hop'),
  ),
  controller(
    /failed to get gw node ([^,\s]+), node/,
    'external-gw-nodes names a node that does not exist: the whole gateway is not made (R6)',
    check('config-nodes'),
  ),
  controller(/node (\S+) has no chassis annotation/, 'a gateway node has no chassis annotation: nothing is built (R22)', check('node-chassis')),
  controller(/get logical router port (\S+): object not found/, 'the router port was deleted and its peer left: every sync fails (R28)', (site) =>
    hint.repair(site),
  ),
  controller(/a NAT with this type \(dnat_and_snat\), external_ip \(([\d.]+)\) already exists/, 'two pods ask for one EIP (R14)', check('pod-duplicates')),
  controller(/failed to parse address "([^"]+)"/, 'an EIP or SNAT annotation is no address (R15)', check('pod-address-values')),
  controller(/(?:not an? valid|invalid) (?:ip|cidr) (\S+)/i, 'a value of the ConfigMap is no address', check('config-keys', 'config-address')),
  controller(
    /failed to renew lease|leaderelection lost/,
    'the controller lost its leadership: it starts again, and deletes all reroute policies (R31)',
    (site) => hint.repair(site),
  ),
  controller(
    /(?:connection refused|failed to connect).*:66(?:41|42)\b/i,
    'the controller does not reach OVN’s databases',
    (_site, namespace) => `kubectl -n ${namespace} get pods -l app=ovn-central -o wide`,
  ),
  controller(/is forbidden: User "([^"]+)"/, 'the controller lacks a right', (_site, namespace) => hint.controllerLog(namespace)),
  cni(
    /external bridge should change from (\S+) to \S+, delete external bridge/,
    'external-gw-nic sat in another bridge, which the daemon deleted with all that was in it (R10)',
    check('nic-not-in-other-bridge', 'gateway-bridge'),
  ),
  cni(/failed to get nic (\S+),/, 'external-gw-nic names a NIC the node does not have (R9)', check('nic-exists')),
  cni(/failed to set gateway nic (\S+) up/, 'the daemon cannot bring the NIC up', check('nic-up')),
  cni(/failed to enable external gateway/, 'the daemon could not make the external bridge (R9, R11)', check('gateway-bridge', 'gateway-patch')),
  cni(/failed to get ovn-external-gw-config/, 'a node is labelled as gateway and there is no ConfigMap (R7)', check('gateway-labels', 'gateway-leftovers')),
  cni(
    /(?:wait|ready).*ovn\.kubernetes\.io\/routed|no address allocated to pod/i,
    'a pod waits for the controller to route it (R33)',
    check('config-next-hop', 'controller-alive'),
  ),
  ovn(
    /connection (?:failed|attempt timed out|dropped)/,
    'ovn-controller does not reach the southbound database',
    (_site, namespace) => `kubectl -n ${namespace} get pods -l ovn-sb-leader=true -o wide`,
  ),
  ovn(/bridge not found for localnet port '([^']+)'/, 'ovn-bridge-mappings has no bridge for the external network (R36)', check('gateway-mapping')),
  ovn(/Not claiming lport (\S+)/i, 'ovn-controller does not claim a port: it is bound elsewhere', check('gateway-active-chassis', 'gateway-chassis')),
  ovn(/(?:Claiming|Changing chassis for) lport (cr-\S+) (?:for this chassis|from )/, 'the gateway moved to another chassis', check('gateway-active-chassis')),
  ovn(
    /Unreasonably long (\d+)ms poll interval/,
    'ovn-controller is overloaded: flows follow changes late',
    (_site, namespace) => `kubectl -n ${namespace} top pods -l app=ovs`,
  ),
  ovs(/could not open network device (\S+)/, 'a NIC of a bridge does not exist: external-gw-nic is wrong (R9)', check('nic-exists', 'gateway-bridge')),
  ovs(
    /No usable peer '([^']+)' exists in '[^']*' datapath/,
    'the external bridge has another datapath than br-int: nothing passes the patch (R11)',
    check('gateway-patch'),
  ),
  ovs(/([^\s|]+): BFD state change: up->down/, 'a tunnel went down', check('gateway-active-chassis')),
]

export interface LogFinding {
  readonly cause: LogCause
  /** Whom the lines are about: group 1 of the pattern. */
  readonly about: readonly string[]
  readonly times: number
  /** The newest such line. */
  readonly line: string
}

/** Causes found in a log, each once; the order is the table's. */
export function causesIn(from: LogSource, text: string): readonly LogFinding[] {
  const lines = text.split('\n')
  return LOG_CAUSES.filter((c) => c.from === from).flatMap((cause): readonly LogFinding[] => {
    const hits = lines.flatMap((line) => {
      const match = cause.line.exec(line)
      return match === null ? [] : [{ line, about: match[1] }]
    })
    const last = hits.at(-1)
    if (last === undefined) return []
    return [{ cause, times: hits.length, line: last.line.trim(), about: [...new Set(hits.flatMap((h) => h.about ?? []))] }]
  })
}
