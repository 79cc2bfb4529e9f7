/**
 * 1,000 pods get another EIP, `routed` dropped in the same patch. Only the API server is measured: the stand-in and KWOK are held still, since
 * what a controller does with the pods at the same time is the same work whoever annotates, on the same processors. Before every run (not timed)
 * `routed` is put back, so that every patch changes both.
 */
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { annotateAll } from '../../lib/addresses/annotations.ts'
import { inPace } from '../../lib/addresses/pace.ts'
import { EIP, ROUTED } from '../../lib/gateway/names.ts'
import { type KubeObject, POD, POOL } from '../../lib/kube/port.ts'
import type { Bench } from './bench.ts'
import { type BenchLab, benchLab } from './bench-lab.ts'
import { type Candidate, paired, say, table, timed } from './measure.ts'
import { outsideOf, podObject } from './synthetic.ts'

const PODS = 1_000
/** So many are annotated by the document's commands, and the time scaled: 1,000 take minutes. */
const SAMPLED = 30
const CONNECTIONS = [4, 8, 16, 32]
const NAMESPACE = 'annotate'
const OURS = 'ovngw, annotateAll'
const bareName = (connections: number): string => `bare undici client, ${connections} connections`
const ALL = 'kubectl annotate --all'
const DOCUMENT = `two kubectl a pod (${SAMPLED} pods, scaled)`

export async function annotate({ kubectl, rounds }: Bench): Promise<void> {
  await using bench = await benchLab()
  await bench.hold('standin', 'kwok')
  const pods = Array.from({ length: PODS }, (_, i) => podObject({ namespace: NAMESPACE, i, node: bench.nodes[i % 2] ?? 'node1' }))
  await bench.createAll(NAMESPACE, pods)
  const names = pods.map((p) => p.metadata.name)
  const fair = ({ name, run }: Candidate): Candidate => ({ name, run: () => routedAgain(bench, names).then(run) })
  const bares = await Promise.all(CONNECTIONS.map((c) => bare(bench, c, pods)))
  const samples = await paired([ours(bench, names), ...bares].map(fair), rounds * 2 + 1)
  say(`## Annotating ${PODS} pods\n\n${table(samples, OURS, Object.fromEntries(CONNECTIONS.map((c) => [bareName(c), '≥ 0.8×'])))}\n`)
  if (!kubectl) return
  const beside = await paired([ours(bench, names), ...kubectls(bench, names)].map(fair), rounds)
  say(`${table(beside, OURS, { [ALL]: '≥ 3×', [DOCUMENT]: '≥ 30×' })}\n`)
}

/** Another address for each pod in every run. */
let turn = 0
const eip = (i: number): string => outsideOf(i + turn * PODS)

const routedAgain = ({ kube }: BenchLab, names: readonly string[]): Promise<void> => {
  turn += 1
  const metadata = { annotations: { [ROUTED]: 'true' } }
  return inPace(names, POOL, async (name, busy) => void (await kube.patch(POD, { namespace: NAMESPACE, name }, { metadata }, { busy })))
}

async function stopwatch(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await run()
  return performance.now() - began
}

const ours = ({ kube }: BenchLab, names: readonly string[]): Candidate => ({
  name: OURS,
  run: () => {
    const asked = names.map((name, i) => ({ namespace: NAMESPACE, name, eip: eip(i) }))
    return stopwatch(() => annotateAll(asked, { kube, signal: new AbortController().signal, progress: () => undefined }))
  },
})

/** What any program could do: the same patches over so many kept connections, the answers read and thrown away; what is refused (429) is sent again when the server says. */
async function bare({ lab, user }: BenchLab, connections: number, pods: readonly KubeObject[]): Promise<Candidate> {
  const [ca, cert, key] = await Promise.all(['ca.crt', `${user}.crt`, `${user}.key`].map((file) => readFile(`${lab.dir}/certs/${file}`)))
  const dispatcher = new Agent({ connections, connect: { ca, cert, key } as { ca: Buffer; cert: Buffer; key: Buffer } })
  const patch = async (name: string, i: number): Promise<void> => {
    const { statusCode, headers, body } = await request(`${lab.server}/api/v1/namespaces/${NAMESPACE}/pods/${name}?fieldManager=bare`, {
      method: 'PATCH',
      headers: { accept: 'application/json', 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ metadata: { annotations: { [EIP]: eip(i), [ROUTED]: null } } }),
      dispatcher,
    })
    await body.dump()
    if (statusCode === 429) {
      await delay(Number(headers['retry-after'] ?? 1) * 1_000)
      return patch(name, i)
    }
    if (statusCode !== 200) throw new Error(`PATCH ${name}: ${statusCode}`)
  }
  return { name: bareName(connections), run: () => stopwatch(() => Promise.all(pods.map((p, i) => patch(p.metadata.name, i)))) }
}

function kubectls({ kubeconfig }: BenchLab, names: readonly string[]): readonly Candidate[] {
  const call = (...args: readonly string[]): number => timed(['kubectl', '--kubeconfig', kubeconfig, '-n', NAMESPACE, 'annotate', ...args])
  const one = (name: string, i: number): number => call('pod', name, '--overwrite', `${EIP}=${eip(i)}`) + call('pod', name, `${ROUTED}-`)
  const sum = (times: readonly number[]): number => times.reduce((a, b) => a + b, 0)
  return [
    // The same address for all: it cannot do otherwise.
    { name: ALL, run: () => call('pods', '--all', '--overwrite', `${EIP}=${eip(0)}`, `${ROUTED}-`) },
    { name: DOCUMENT, run: () => (sum(names.slice(0, SAMPLED).map(one)) * PODS) / SAMPLED },
  ]
}
