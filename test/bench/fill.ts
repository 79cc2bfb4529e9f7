/** Pods that exist in the API server and in OVN only, as many as wanted, with the rows Kube-OVN would have written for them. */
import { write } from '../../lib/proc/command.ts'
import type { BenchLab } from './bench-lab.ts'
import { insideOf, outsideOf, podObject } from './synthetic.ts'

const BATCH = 500

export interface Filled {
  readonly namespace: string
  readonly pods: number
  /** Of these no EIP is annotated yet; their rows are there all the same. Default: none. */
  readonly isNew?: (i: number) => boolean
  /** Without `routed` KWOK leaves the pods Pending, and is quiet when others are measured. */
  readonly routed: boolean
}

/** The stand-in must be held still. */
export async function fill(bench: BenchLab, { namespace, pods, isNew = () => false, routed }: Filled): Promise<void> {
  const all = count(pods).map((i) => podObject({ namespace, i, node: bench.nodes[i % 2] ?? 'node1', eip: isNew(i) ? undefined : outsideOf(i), routed }))
  await bench.createAll(namespace, all)
  for (let from = 0; from < pods; from += BATCH) await addRows(bench, count(Math.min(BATCH, pods - from), from))
}

const count = (n: number, from = 0): readonly number[] => Array.from({ length: n }, (_, i) => i + from)

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
