/** Starting, checking and noticing. Works on the practice cluster `lab`; starts and stops one when none runs. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { connect } from '../../lib/kube/client.ts'
import { NAMESPACE } from '../../lib/kube/port.ts'
import type { Bench } from './bench.ts'
import { type Candidate, paired, type Sample, say, table, timed } from './measure.ts'
import { noticing } from './notice.ts'

const OVNGW = fileURLToPath(new URL('../../bin/ovngw', import.meta.url))
const KUBECONFIG = '/run/ovngw-lab/lab/kubeconfig'

export async function start(bench: Bench): Promise<void> {
  await starting(bench)
  const ours = !(await labRuns())
  try {
    if (ours) command('lab', 'up')
    command('install', '--site', 'lab', '--yes')
    await checking(bench)
    await watching(bench)
  } finally {
    if (ours) command('lab', 'down')
  }
}

async function starting({ kubectl, rounds }: Bench): Promise<void> {
  const candidates: Candidate[] = [
    { name: 'node -e 0', run: () => timed([process.execPath, '-e', '0']) },
    { name: 'ovngw --help', run: () => timed([OVNGW, '--help']) },
    { name: 'ovngw list', run: () => timed([OVNGW, 'list']) },
  ]
  if (kubectl) candidates.push({ name: 'kubectl version --client', run: () => timed(['kubectl', 'version', '--client']) })
  say(`## Starting\n\n${table(await paired(candidates, rounds * 4 + 1), 'node -e 0', { 'ovngw --help': '≤ 1.5×' })}\n`)
}

/** `kubectl exec` as the document has it: NB at the leader, OVS on the gateway node; two commands, one after the other. */
function documentReads(): () => number {
  const kube = ['--kubeconfig', KUBECONFIG, '-n', 'kube-system']
  const pod = (selector: string): string => {
    const { stdout } = spawnSync('kubectl', [...kube, 'get', 'pod', '-l', selector, '-o', 'name'], { encoding: 'utf8' })
    return stdout.split('\n')[0] ?? ''
  }
  const [central, node] = [pod('ovn-nb-leader=true'), pod('app=ovs')]
  const exec = (name: string, container: string, ...args: string[]): number => timed(['kubectl', ...kube, 'exec', name, '-c', container, '--', ...args])
  return () => exec(central, 'ovn-central', 'ovn-nbctl', 'show') + exec(node, 'openvswitch', 'ovs-vsctl', 'show')
}

async function checking({ kubectl, rounds }: Bench): Promise<void> {
  // An unknown or failed check is exit 3: it took the same reads, and what the lab lacks is not what is measured.
  const candidates: Candidate[] = [{ name: 'ovngw check (all)', run: () => timed([OVNGW, 'check', '--site', 'lab'], { allow: [0, 3] }) }]
  if (kubectl) candidates.push({ name: 'two kubectl exec', run: documentReads() })
  say(`## Checking the practice cluster\n\n${table(await paired(candidates, rounds * 2 + 1), 'two kubectl exec', { 'ovngw check (all)': '≤ 1 s' })}\n`)
}

async function watching({ rounds }: Bench): Promise<void> {
  await using notice = await noticing(KUBECONFIG)
  const samples: readonly Sample[] = await paired([{ name: 'ConfigMap says true → noticed', run: notice.once }], rounds * 2 + 1)
  say(`## Noticing\n\n${table(samples, undefined, { 'ConfigMap says true → noticed': '≤ 0.2 s' })}\n`)
}

const labRuns = async (): Promise<boolean> => {
  const kube = await connect({ kubeconfig: KUBECONFIG }).catch(() => undefined)
  const answer = await kube?.find(NAMESPACE, { name: 'kube-system' }, { timeoutMs: 2_000 }).catch(() => undefined)
  await kube?.close()
  return answer !== undefined
}

function command(...args: string[]): void {
  const { status } = spawnSync(OVNGW, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`ovngw ${args.join(' ')}: exit ${status}`)
}
