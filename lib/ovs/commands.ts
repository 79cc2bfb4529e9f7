/**
 * Writes to a node's OVS. `ovs-vsctl` waits for ovs-vswitchd by itself; `--timeout` bounds it. `--no-wait` is for a database without a
 * daemon (tests).
 */
import { OvngwError } from '../kernel/errors.ts'
import { TOOL_SECONDS } from '../ovn/call.ts'
import { str } from '../ovn/column.ts'
import { type Command, read, write } from '../proc/command.ts'
import { MAPPINGS_KEY } from './bridge.ts'

function vsctl(options: readonly string[], command: string, ...args: readonly string[]): Command {
  // Options are read before the command's name only: a leading dash is safe after it, a lone `--` is not.
  const bad = args.find((a) => a === '--' || a === '' || a.includes('\0'))
  if (bad !== undefined) throw new OvngwError('USAGE', { what: `ovs-vsctl ${command} cannot take ${JSON.stringify(bad)} as an argument` })
  return write('ovs-vsctl', `--timeout=${TOOL_SECONDS}`, '--', ...options, command, ...args)
}

/** `ovs-vsctl --timeout=15 -- --may-exist add-port BRIDGE PORT` */
export const addPort = (bridge: string, port: string): Command => vsctl(['--may-exist'], 'add-port', bridge, port)
/** `ovs-vsctl --timeout=15 -- --if-exists del-port BRIDGE PORT`; an error when the port sits in another bridge. */
export const delPort = (bridge: string, port: string): Command => vsctl(['--if-exists'], 'del-port', bridge, port)
/** `ovs-vsctl --timeout=15 -- --may-exist add-br BRIDGE` */
export const addBridge = (bridge: string): Command => vsctl(['--may-exist'], 'add-br', bridge)
/** `ovs-vsctl --timeout=15 -- --if-exists del-br BRIDGE` */
export const delBridge = (bridge: string): Command => vsctl(['--if-exists'], 'del-br', bridge)
/** `ovs-vsctl --timeout=15 -- set Open_vSwitch . external_ids:"ovn-bridge-mappings"="external:br-external"` */
export const setBridgeMappings = (text: string): Command => vsctl([], 'set', 'Open_vSwitch', '.', `external_ids:${MAPPINGS_KEY}=${str.encode(text)}`)
/** `ovs-vsctl --timeout=15 -- remove Open_vSwitch . external_ids ovn-bridge-mappings` */
export const clearBridgeMappings = (): Command => vsctl([], 'remove', 'Open_vSwitch', '.', 'external_ids', MAPPINGS_KEY)
/** `ovs-vsctl --timeout=15 -- set Bridge BRIDGE datapath_type="netdev"` (R11) */
export const setDatapathType = (bridge: string, type: string): Command => vsctl([], 'set', 'Bridge', bridge, `datapath_type=${str.encode(type)}`)

/** Frames in one command: a frame is 120 characters, and a command line stays under what any API server takes in a URL. */
export const FRAMES = 40

/**
 * `ovs-ofctl --timeout=15 packet-out BRIDGE OFPORT NORMAL FRAME…`: the bridge forwards frames (hex) as if they came in by that port, past all
 * flows, and learns the sender there. It must: while two NICs led to one network (R9) a frame of the gateway that came back by the new NIC
 * taught the bridge that the gateway lies outside, and it drops what is sent to it for five minutes. The form with several packets, which
 * ovs-ofctl(8) no longer shows, still works in 3.5 and needs no standard input. Nothing is kept that could be undone, sent twice it does no
 * harm: a reading command.
 */
export function forwardFrames(bridge: string, ofport: number | 'LOCAL', frames: readonly string[]): Command {
  // A name with a slash or a colon is a socket or a connection to ovs-ofctl.
  if (!/^[\w.][\w.-]*$/.test(bridge)) throw new OvngwError('USAGE', { what: `ovs-ofctl cannot take ${JSON.stringify(bridge)} as a bridge` })
  return read('ovs-ofctl', `--timeout=${TOOL_SECONDS}`, 'packet-out', bridge, `${ofport}`, 'NORMAL', ...frames)
}
