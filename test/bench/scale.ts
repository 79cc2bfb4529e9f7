/**
 * `ovngw pods` and `ovngw plan apply` over 10,000 pods, 10,000 NAT rows and 10,000 reroute policies; every tenth pod is still to get an address.
 * The stand-in and northd are held still: only readers are measured, and the pods' rows were written here.
 */
import { join } from 'node:path'
import type { Bench } from './bench.ts'
import { type BenchLab, benchLab, must } from './bench-lab.ts'
import { fill } from './fill.ts'
import { type Candidate, markdown, paired, say, table, type Weighed, weighed } from './measure.ts'
import { assignmentsOf, POOL_OF_ALL } from './synthetic.ts'

const PODS = 10_000
const NAMESPACE = 'scale'
const RIVAL = 'kubectl get pods -A -o json + ovn-nbctl list NAT'
const OURS = ['pods', 'plan apply']

export async function scale({ kubectl, rounds }: Bench): Promise<void> {
  await using bench = await benchLab()
  await bench.site()
  must([bench.ovngw, 'install', '--site', 'bench', '--yes', '--state-dir', join(bench.cwd, 'state')], bench.cwd)
  await bench.hold('standin', 'central.northd')
  await fill(bench, { namespace: NAMESPACE, pods: PODS, isNew: (i) => i % 10 === 9, routed: false })
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
