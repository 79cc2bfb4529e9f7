/** What needs no cluster: the conflict check, the allocation, and how they and a whole look grow with the number of pods. */
import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { agreement } from '../../lib/addresses/agreement.ts'
import { type AllocationInput, allocate } from '../../lib/addresses/allocate.ts'
import { readAddresses } from '../../lib/addresses/facts.ts'
import { conflicts } from '../../lib/addresses/owners.ts'
import { readOwners } from '../../lib/addresses/read.ts'
import { createLook, type Look } from '../../lib/gateway/look.ts'
import { servedBy } from '../../lib/gateway/rows.ts'
import { settingsWithout } from '../../lib/gateway/settings.ts'
import type { Site } from '../../lib/inventory/site.ts'
import { type Kube, type KubeObject, type ListOptions, POD, type Resource } from '../../lib/kube/port.ts'
import type { Ip } from '../../lib/net/ip.ts'
import type { Bench } from './bench.ts'
import { markdown, medianOf, ms, say } from './measure.ts'
import { nbText } from './nb.ts'
import { plot, type Series } from './plot.ts'
import { assignmentsOf, outsideOf, POOL_OF_ALL, podObject } from './synthetic.ts'

const SIZES = [1_000, 10_000, 50_000]
const PLOT = fileURLToPath(new URL('../../docs/performance.svg', import.meta.url))

export async function addresses({ rounds }: Bench): Promise<void> {
  const all = Array.from({ length: rounds }, inAnotherProcess)
  const [mib, lists] = [Math.max(...all.map((c) => c.mib)), medianOf(all.map((c) => c.lists))].map((n) => n.toFixed(0))
  const rows = [
    ['conflict check of 100,000 addresses', ms(medianOf(all.map((c) => c.ms))), `${mib} MiB beside ${lists} MiB of Node and the lists`, '< 1 s, < 200 MB'],
    ['1,000 addresses from an empty /16', ms(await fromEmpty(rounds)), '', '< 50 ms'],
    ['1 address from a /16 of which 50,000 have an owner', ms(await fromFull(rounds)), '', '< 50 ms'],
  ]
  say(`## Addresses, without a cluster\n\n${markdown(['what', 'median', 'memory it adds', 'goal'], rows)}\n`)
  const series = await growth(rounds * 2 + 1)
  const cells = series.map(({ name, values }) => [name, ...values.map(ms), `n^${exponent(values).toFixed(2)}`, 'n^1'])
  say(`## Growth\n\n${markdown(['what', ...SIZES.map((n) => `${n} pods`), 'grows as', 'goal'], cells)}\n`)
  await writeFile(PLOT, plot({ title: 'Time by number of pods, lists without a cluster', sizes: SIZES, series }))
}

/** From the first size to the last: 1 is linear, 2 quadratic. */
const exponent = (values: readonly number[]): number => Math.log((values.at(-1) ?? 1) / (values[0] ?? 1)) / Math.log((SIZES.at(-1) ?? 1) / (SIZES[0] ?? 1))

type Conflicts = { readonly ms: number; readonly mib: number; readonly lists: number }

function inAnotherProcess(): Conflicts {
  const script = fileURLToPath(new URL('conflicts.ts', import.meta.url))
  const { stdout, stderr, status } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`conflicts.ts: exit ${status}: ${stderr}`)
  return JSON.parse(stdout) as Conflicts
}

/** Pods, rows and inventory of one size, as the API server and ovn-nbctl would answer; `annotated`: every pod has its address already. */
class World {
  readonly #pods: readonly KubeObject[]
  readonly #nb: string
  readonly #site: Site

  constructor(pods: number, { annotated = true, wishing = pods } = {}) {
    this.#pods = Array.from({ length: pods }, (_, i) => podObject({ namespace: 'bench', i, node: 'node1', eip: annotated ? outsideOf(i) : undefined }))
    this.#nb = nbText(annotated ? pods : 0)
    this.#site = { name: 'bench', cluster: {}, pools: [POOL_OF_ALL], assignments: assignmentsOf('bench', wishing), accept: [] }
  }

  look(): Look {
    const list = async (resource: Resource, { slim = (o) => o }: ListOptions = {}) => ({
      items: resource === POD ? this.#pods.map(slim) : [],
      resourceVersion: '1',
    })
    const nothing = { where: 'nowhere', run: () => Promise.reject(new Error('not asked for')) }
    return createLook({
      site: this.#site,
      kube: { list, find: async () => undefined } as Pick<Kube, 'list' | 'find'> as Kube,
      nb: { where: 'memory', run: async () => ({ stdout: this.#nb, stderr: '', code: 0 }) },
      sb: nothing,
      node: () => nothing,
      signal: () => new AbortController().signal,
      settings: settingsWithout({}),
      others: async () => [],
    })
  }

  async input(): Promise<AllocationInput> {
    const look = this.look()
    const [{ owners }, pods] = await Promise.all([readOwners(look), look.pods()])
    const taken: AllocationInput['taken'] = (ip, pod) => conflicts(owners, ip, { pod, how: 'eip' }).some((o) => o.kind !== 'pod')
    return { assignments: this.#site.assignments, pools: this.#site.pools, pods, memory: {}, taken, unserved: () => undefined }
  }
}

async function median(rounds: number, run: () => unknown): Promise<number> {
  const times: number[] = []
  for (let round = -1; round < rounds; round++) {
    const began = performance.now()
    await run()
    if (round >= 0) times.push(performance.now() - began)
  }
  return medianOf(times)
}

async function fromEmpty(rounds: number): Promise<number> {
  const input = await new World(1_000, { annotated: false }).input()
  return median(rounds, () => allocate(input))
}

/** Pods of other people hold the addresses: nothing assigns to them, each is to be passed over. */
async function fromFull(rounds: number): Promise<number> {
  const input = await new World(50_000, { wishing: 0 }).input()
  const target = { select: { namespace: 'new', labels: {} } }
  const [like] = input.pods
  if (like === undefined) throw new Error('no pods')
  const asking = { ...like, namespace: 'new', eip: undefined, ip: '10.16.0.9' }
  const more = { ...input, assignments: [{ target, eip: { pool: POOL_OF_ALL.name } }], pods: [...input.pods, asking] }
  if (allocate(more).wanted.size !== 1) throw new Error('one address was to be given')
  return median(rounds, () => allocate(more))
}

async function growth(rounds: number): Promise<readonly Series[]> {
  const read: number[] = []
  const check: number[] = []
  const give: number[] = []
  const judge: number[] = []
  for (const pods of SIZES) {
    const world = new World(pods)
    read.push(await median(rounds, () => readAddresses(world.look(), false)))
    const look = world.look()
    const [{ owners }, input, served] = await Promise.all([readOwners(look), world.input(), servedBy(look)])
    check.push(await median(rounds, () => input.pods.filter((pod) => conflicts(owners, pod.eip as Ip, { pod, how: 'eip' }).length > 0)))
    const unannotated = await new World(pods, { annotated: false }).input()
    give.push(await median(rounds, () => allocate(unannotated)))
    const allocation = allocate(input)
    judge.push(await median(rounds, () => agreement({ allocation, pods: input.pods, served, adopt: false })))
  }
  return [
    { name: 'everything `ovngw pods` computes', values: read },
    { name: 'giving every pod an address', values: give },
    { name: 'judging every pod', values: judge },
    { name: 'conflict check of every address', values: check },
  ]
}
