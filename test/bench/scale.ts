/**
 * `ovngw pods` and `ovngw plan apply` over 10,000 pods, 10,000 NAT rows and 10,000 reroute policies; every tenth pod is still to get an address.
 * The stand-in and northd are held still: only readers are measured, and the pods' rows were written here.
 */
import { join } from 'node:path'
import { write } from '../../lib/proc/command.ts'
import type { Bench } from './bench.ts'
import { type BenchLab, benchLab, must } from './bench-lab.ts'
import { type Candidate, markdown, paired, say, table, type Weighed, weighed } from './measure.ts'
import { assignmentsOf, insideOf, outsideOf, POOL_OF_ALL, podObject } from './synthetic.ts'

const PODS = 10_000
const NAMESPACE = 'scale'
const RIVAL = 'kubectl get pods -A -o json + ovn-nbctl list NAT'
const OURS = ['pods', 'plan apply']

export async function scale({ kubectl, rounds }: Bench): Promise<void> {
  await using bench = await benchLab()
  await bench.site()
  must([bench.ovngw, 'install', '--site', 'bench', '--yes', '--state-dir', join(bench.cwd, 'state')], bench.cwd)
  await bench.hold('standin', 'central.northd')
  await fill(bench)
  await bench.site(site())
  const peaks = new Map<string, number>()
  const kept = (name: string, { ms, mib }: Weighed): number => {
    peaks.set(name, Math.max(peaks.get(name) ?? 0, mib))
    return ms
  }
  const candidates: Candidate[] = OURS.map((command) => ({
    name: `ovngw ${command}`,
    run: async () => kept(`ovngw ${command}`, await weighed([bench.ovngw, ...command.split(' '), '--site', 'bench'], { cwd: bench.cwd, allow: [0, 7] })),
  }))
  if (kubectl) candidates.unshift({ name: RIVAL, run: () => rival(bench, kept) })
  const goals = Object.fromEntries(OURS.map((command) => [`ovngw ${command}`, '≤ 3×']))
  const samples = await paired(candidates, rounds)
  say(`## ${PODS} pods, ${PODS} NAT rows\n\n${table(samples, RIVAL, goals)}\n`)
  const memory = [...peaks].map(([name, mib]) => [name, `${mib.toFixed(0)} MiB`, name.startsWith('ovngw') ? '≤ 300 MB' : ''])
  say(`${markdown(['peak memory', 'RSS', 'goal'], memory)}\n`)
}

async function rival({ lab, kubeconfig }: BenchLab, kept: (name: string, weight: Weighed) => number): Promise<number> {
  const pods = await weighed(['kubectl', '--kubeconfig', kubeconfig, 'get', 'pods', '-A', '-o', 'json'])
  const nats = await weighed(['ovn-nbctl', `--db=unix:${lab.dir}/central/ovnnb_db.sock`, '--format=json', 'list', 'NAT'])
  return kept('kubectl get pods -A -o json', pods) + kept('ovn-nbctl list NAT', nats)
}

const site = (): object => ({
  pools: [{ name: POOL_OF_ALL.name, ranges: POOL_OF_ALL.ranges.map(({ first, last }) => `${first}-${last}`) }],
  assignments: assignmentsOf(NAMESPACE, PODS).map(({ target, ...gives }) => ({ ...target, ...gives })),
})

const count = (n: number, from = 0): readonly number[] => Array.from({ length: n }, (_, i) => i + from)
const isNew = (i: number): boolean => i % 10 === 9

/** Without `routed` KWOK leaves the pods Pending, and is quiet when others are measured. */
async function fill(bench: BenchLab): Promise<void> {
  const pods = count(PODS).map((i) =>
    podObject({ namespace: NAMESPACE, i, node: bench.nodes[i % 2] ?? 'node1', eip: isNew(i) ? undefined : outsideOf(i), routed: false }),
  )
  await bench.createAll(NAMESPACE, pods)
  const batch = 500
  for (let from = 0; from < PODS; from += batch) await addRows(bench, count(batch, from))
}

async function addRows({ lab }: BenchLab, pods: readonly number[]): Promise<void> {
  const args = pods.flatMap((i) => [
    ...['--', `--id=@n${i}`, 'create', 'NAT', 'type=dnat_and_snat', `external_ip="${outsideOf(i)}"`, `logical_ip="${insideOf(i)}"`],
    ...[
      '--',
      `--id=@p${i}`,
      'create',
      'Logical_Router_Policy',
      'priority=29250',
      `match="ip4.src == ${insideOf(i)}"`,
      'action=reroute',
      'nexthops="172.56.0.1"',
    ],
  ])
  const refs = (letter: string): string[] => pods.map((i) => `@${letter}${i}`)
  const add = ['--', 'add', 'Logical_Router', 'ovn-cluster', 'nat', ...refs('n'), '--', 'add', 'Logical_Router', 'ovn-cluster', 'policies', ...refs('p')]
  const { code, stderr } = await lab.centralRunner().run(write('ovn-nbctl', '--timeout=60', ...args, ...add), { timeoutMs: 70_000 })
  if (code !== 0) throw new Error(`ovn-nbctl: exit ${code}: ${stderr}`)
}
