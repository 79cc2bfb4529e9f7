/** The actions of all chains in another order, the same for the same seed, and proof that what was shuffled still works. */
import { expect } from 'vitest'
import { facts } from './facts.ts'
import { STARTS, steps, type Version } from './replay.ts'
import { type Action, type Performer, settle, until, type World } from './world.ts'

/** Mulberry32: small, and the same everywhere. */
export function random(seed: number): () => number {
  let a = seed
  return () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const next = random(seed)
  const out = [...items]
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1))
    const [a, b] = [out[i], out[j]] as [T, T]
    out[i] = b
    out[j] = a
  }
  return out
}

const CHAINS: readonly (readonly [Version, string])[] = [
  ['v1.16.2', 'A'],
  ['v1.16.2', 'B'],
  ['v1.16.2', 'C'],
  ['v1.16.2', 'D'],
  ['v1.11.24', 'A'],
]

/** Every action of every chain and its start. The one that takes a node's tunnel away (R10) is not among them: a lab would not survive it. */
export const allActions = (): Action[] =>
  [...STARTS.D(), ...CHAINS.flatMap(([version, chain]) => steps(version, chain).flatMap((s) => s.do))].filter((a) => a.data?.['external-gw-nic'] !== 'eth0')

/** Performs what can be performed: an order that makes no sense (annotating a pod that is not there yet) is the cluster's to refuse. */
export async function performAll(perform: Performer, actions: readonly Action[]): Promise<number> {
  let done = 0
  for (const action of actions) {
    if (action.op === 'wait') continue // the point is not to wait
    try {
      await perform(action)
      done++
    } catch (error) {
      if (!/not found|no .* exists|already exists|no row|cannot be found|no such|Conflict|not there|no logical|multiple/i.test(String(error))) throw error
    }
  }
  return done
}

const SEED = {
  'enable-external-gw': 'true',
  'external-gw-nodes': 'node1',
  'external-gw-nic': 'eth1',
  'external-gw-addr': '172.56.0.1/16',
  'nic-ip': '172.56.0.177/16',
  'nic-mac': '16:52:f3:13:6a:77',
  type: 'centralized',
}

/** Whatever went before: a gateway taken away and made anew the way that works (R29) is there, and a new pod gets its EIP. */
export async function worksAfterwards(
  world: World,
  nodes: readonly string[],
  perform: Performer,
  names: { readonly router: string; readonly sw: string },
): Promise<void> {
  const state = await world.read()
  if (state.config) await perform({ op: 'delete-configmap' })
  await perform({ op: 'delete-pods', pods: state.pods.map((p) => p.name) })
  for (const node of nodes) await perform({ op: 'annotate-node', node, annotations: { 'ovn.kubernetes.io/chassis': `${node}-chassis` } })
  await perform({ op: 'wait' })
  await world.nbctl('--if-exists', 'lrp-del', `${names.router}-${names.sw}`, '--', '--if-exists', 'ls-del', names.sw)
  await perform({ op: 'create-configmap', data: SEED })
  await perform({ op: 'wait' })
  await perform({ op: 'create-pod', pod: 'pod-last', node: 'node1', annotations: { 'ovn.kubernetes.io/eip': '172.56.0.199' } })
  await settle(world, nodes, {})
  const look = async (): Promise<string | undefined> => {
    const { nat = [], routerPorts = [], pods = [], switches = [] } = facts(await world.read())
    const has = [nat.some((l) => l.includes('172.56.0.199')), routerPorts.some((l) => l.includes('172.56.0.177/16')), pods.some((l) => l.includes('routed'))]
    return has.every(Boolean) && switches.some((l) => l.includes(names.sw)) ? 'all there' : undefined
  }
  expect(await until('the new gateway and its pod', look)).toBe('all there')
}
