/** Tools from Debian packages: found once, named when missing, and wrapped for KWOK so that `kubectl exec` runs them in the right place. */
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { OvngwError } from '../kernel/errors.ts'
import { isRunnable } from './binaries.ts'
import { files } from './paths.ts'

const PACKAGE: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  openssl: 'openssl',
  'ovs-vswitchd': 'openvswitch-switch',
  'ovs-vsctl': 'openvswitch-switch',
  'ovs-ofctl': 'openvswitch-switch',
  'ovs-appctl': 'openvswitch-switch',
  'ovsdb-server': 'openvswitch-switch',
  'ovsdb-tool': 'openvswitch-switch',
  'ovsdb-client': 'openvswitch-switch',
  'ovn-northd': 'ovn-central',
  'ovn-controller': 'ovn-host',
  'ovn-nbctl': 'ovn-central',
  'ovn-sbctl': 'ovn-central',
  'ovn-trace': 'ovn-central',
  'ovn-appctl': 'ovn-central',
  ethtool: 'ethtool',
  ping: 'iputils-ping',
  arping: 'iputils-arping',
  tcpdump: 'tcpdump',
}

/** What a pod's image has beside those above. */
const COMMON = [
  'sh',
  'bash',
  'cat',
  'ls',
  'env',
  'printf',
  'true',
  'false',
  'sleep',
  'nsenter',
  'sysctl',
  'ps',
  'grep',
  'head',
  'timeout',
  'nc',
  'curl',
  'wget',
]

export type Tools = ReadonlyMap<string, string>

/** Absolute paths; a missing one is an error that says which packages to install. */
export async function findTools(): Promise<Tools> {
  const found = new Map<string, string>()
  const dirs = [...(process.env['PATH'] ?? '').split(':').filter((d) => d.startsWith('/')), '/usr/sbin', '/sbin', '/usr/bin', '/bin']
  const look = async (name: string): Promise<void> => {
    for (const dir of dirs) {
      if (!(await isRunnable(`${dir}/${name}`))) continue
      found.set(name, `${dir}/${name}`)
      return
    }
  }
  await Promise.all([...Object.keys(PACKAGE), ...COMMON].map(look))
  const missing = Object.keys(PACKAGE).filter((name) => !found.has(name))
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((name) => PACKAGE[name] ?? name))]
    throw new OvngwError('NOT_RUN', {
      what: `the lab needs ${missing.join(', ')}`,
      why: 'not on this machine',
      hint: `apt-get install -y --no-install-recommends ${packages.join(' ')}`,
    })
  }
  if (process.getuid?.() !== 0) throw new OvngwError('NOT_RUN', { what: 'the lab makes network namespaces', why: 'only root may', hint: 'run it as root' })
  return found
}

/** Where a container's commands run: KWOK gives these to the dispatcher as environment. */
export interface Place {
  readonly netns: string
  /** Directory with the sockets of OVS and OVN, when the container has any. */
  readonly rundir?: string
}

export const placeEnv = ({ netns, rundir }: Place): Record<string, string> => ({
  OVNGW_NETNS: netns,
  ...(rundir === undefined ? {} : { OVS_RUNDIR: rundir, OVN_RUNDIR: rundir }),
})

/** A daemon of the host's PID namespace enters its node by `nsenter --target 1 …`; here process 1 is the machine's, and the node is the namespace. */
const NSENTER = `while [ $# -gt 0 ]; do
  case $1 in
  --) shift; break ;;
  -t | -S | -G | --target | --setuid | --setgid) shift 2 ;;
  -*) shift ;;
  *) break ;;
  esac
done
[ $# -gt 0 ] || set -- sh
`

/**
 * KWOK looks a command up on its own PATH. First on it is this folder: one small program a tool that enters the namespace named by the
 * Exec object and becomes the real tool, every argument untouched.
 */
export async function writeDispatchers(dir: string, tools: Tools): Promise<void> {
  const folder = files(dir).tools
  await mkdir(folder, { recursive: true })
  const ip = tools.get('ip')
  await Promise.all(
    [...tools].map(async ([name, path]) => {
      const enter = `exec '${ip}' netns exec "\${OVNGW_NETNS:?this container has no network yet}"`
      await writeFile(`${folder}/${name}`, name === 'nsenter' ? `#!/bin/sh\n${NSENTER}${enter} "$@"\n` : `#!/bin/sh\n${enter} '${path}' "$@"\n`)
      await chmod(`${folder}/${name}`, 0o755)
    }),
  )
}
