/**
 * `npm run bench [ROUNDS]`: what starting, checking and noticing cost, beside what a user knows: bare Node, kubectl, the two reads of the
 * upstream document. Works on the practice cluster; starts and stops one when none runs. Prints Markdown for a note.
 */
import { spawnSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { connect } from '../../lib/kube/client.ts'
import { NAMESPACE } from '../../lib/kube/port.ts'
import { type Candidate, paired, type Sample, table, timed } from './measure.ts'
import { noticing } from './notice.ts'

const OVNGW = fileURLToPath(new URL('../../bin/ovngw', import.meta.url))
const KUBECONFIG = '/run/ovngw-lab/lab/kubeconfig'
const rounds = Number(process.argv[2] ?? 21)
const say = (text: string): void => void process.stdout.write(`${text}\n`)
const has = (tool: string): boolean => spawnSync('sh', ['-c', 'command -v "$1"', 'sh', tool]).status === 0
const kubectl = has('kubectl')

function heading(): void {
  const [cpu] = cpus()
  say(`ovngw bench, ${new Date().toISOString()}`)
  say(`${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.versions.node}\n`)
}

async function starting(): Promise<void> {
  const candidates: Candidate[] = [
    { name: 'node -e 0', run: () => timed([process.execPath, '-e', '0']) },
    { name: 'ovngw --help', run: () => timed([OVNGW, '--help']) },
    { name: 'ovngw list', run: () => timed([OVNGW, 'list']) },
  ]
  if (kubectl) candidates.push({ name: 'kubectl version --client', run: () => timed(['kubectl', 'version', '--client']) })
  else say('kubectl is not on this machine: skipped\n')
  say(`## Starting\n\n${table(await paired(candidates, rounds), 'node -e 0', { 'ovngw --help': '≤ 1.5×' })}\n`)
}

/** `kubectl exec` as the document has it: NB at the leader, OVS on the gateway node; two commands, one after the other. */
function documentReads(): number {
  const pod = (selector: string): string => {
    const { stdout } = spawnSync('kubectl', ['--kubeconfig', KUBECONFIG, '-n', 'kube-system', 'get', 'pod', '-l', selector, '-o', 'name'], { encoding: 'utf8' })
    return stdout.split('\n')[0] ?? ''
  }
  central ??= pod('ovn-nb-leader=true')
  node ??= pod('app=ovs')
  const exec = (name: string, container: string, ...args: string[]): number =>
    timed(['kubectl', '--kubeconfig', KUBECONFIG, '-n', 'kube-system', 'exec', name, '-c', container, '--', ...args])
  return exec(central, 'ovn-central', 'ovn-nbctl', 'show') + exec(node, 'openvswitch', 'ovs-vsctl', 'show')
}
let central: string | undefined
let node: string | undefined

async function checking(): Promise<void> {
  // An unknown or failed check is exit 3: it took the same reads, and what the lab lacks is not what is measured.
  const candidates: Candidate[] = [{ name: 'ovngw check (all)', run: () => timed([OVNGW, 'check', '--site', 'lab'], { allow: [0, 3] }) }]
  if (kubectl) candidates.push({ name: 'two kubectl exec', run: documentReads })
  const samples = await paired(candidates, Math.min(rounds, 11))
  say(`## Checking the practice cluster\n\n${table(samples, 'two kubectl exec', { 'ovngw check (all)': '≤ 1 s' })}\n`)
}

async function watching(): Promise<void> {
  await using notice = await noticing(KUBECONFIG)
  const samples: readonly Sample[] = await paired([{ name: 'ConfigMap says true → noticed', run: notice.once }], Math.min(rounds, 11))
  say(`## Noticing\n\n${table(samples, undefined, { 'ConfigMap says true → noticed': '≤ 0.2 s' })}\n`)
}

const labRuns = async (): Promise<boolean> => {
  const kube = await connect({ kubeconfig: KUBECONFIG }).catch(() => undefined)
  const answer = await kube?.find(NAMESPACE, { name: 'kube-system' }, { timeoutMs: 2_000 }).catch(() => undefined)
  await kube?.close()
  return answer !== undefined
}

heading()
await starting()
const ours = !(await labRuns())
const command = (...args: string[]): void => {
  const { status } = spawnSync(OVNGW, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`ovngw ${args.join(' ')}: exit ${status}`)
}
try {
  if (ours) command('lab', 'up')
  command('install', '--site', 'lab', '--yes')
  await checking()
  await watching()
} finally {
  if (ours) command('lab', 'down')
}
