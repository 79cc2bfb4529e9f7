/** The chains of the recordings, replayed step by step and compared. */
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { type Facts, facts, type RawState, type Rules } from './facts.ts'
import { type Action, type Performer, until, type World } from './world.ts'

const ROOT = new URL('../fixtures/recordings/', import.meta.url)
export const RECORDINGS = { 'v1.16.2': 'kube-ovn-v1.16.2-ovn-25.03', 'v1.11.24': 'kube-ovn-v1.11.24-ovn-23.03' } as const
export type Version = keyof typeof RECORDINGS

interface Step {
  readonly folder: string
  readonly do: readonly Action[]
}
interface Chain {
  readonly chain: string
  readonly steps: readonly Step[]
}

const json = (path: string): unknown => JSON.parse(readFileSync(new URL(path, ROOT), 'utf8'))

export const recording = (version: Version, step: string): RawState & { readonly gatewayLog: readonly string[] } =>
  json(`${RECORDINGS[version]}/${step}.json`) as RawState & { readonly gatewayLog: readonly string[] }

export function steps(version: Version, chain: string): readonly Step[] {
  const found = (json(`${RECORDINGS[version]}/actions.json`) as Chain[]).find((c) => c.chain === chain)
  if (!found) throw new Error(`no chain ${chain} in the recordings of ${version}`)
  return found.steps
}

/** Names of the recordings as profile v1.5 calls them: the name table of reality.md. */
export const V1_5_NAMES: Readonly<Record<string, string>> = {
  external: 'ovn-external',
  'localnet.external': 'ln-ovn-external',
  'ovn-cluster-external': 'ovn-cluster-ovn-external',
  'external-ovn-cluster': 'ovn-external-ovn-cluster',
  'ovn-cluster-external-node1-chassis': 'ovn-cluster-ovn-external-node1-chassis',
  'ovn-cluster-external-node2-chassis': 'ovn-cluster-ovn-external-node2-chassis',
  'patch-localnet.external-to-br-int': 'patch-ln-ovn-external-to-br-int',
  'patch-br-int-to-localnet.external': 'patch-br-int-to-ln-ovn-external',
}

/** What the chains' notes say was there before their first step, as actions. */
export const STARTS = {
  /** "the state of s03 with type centralized in the ConfigMap, pods attached" */
  A: (): readonly Action[] => [
    ...upTo('v1.16.2', 'B', 's03-gw-addr-set'),
    { op: 'patch-configmap', data: { type: 'centralized' } },
    ...attached(['pod-eip', 'pod-snat']),
    { op: 'wait' },
  ],
  /** A gateway was there. */
  C: (): readonly Action[] => [{ op: 'create-configmap', data: { ...seed(), type: 'centralized' } }, { op: 'wait' }],
  /** "seed ConfigMap with external-gw-addr and type centralized; pod-eip (node1, eip .233) and pod-snat (node2, snat .200) created and attached" */
  D: (): readonly Action[] => [
    { op: 'create-configmap', data: { ...seed(), type: 'centralized' } },
    { op: 'wait' },
    { op: 'create-pod', pod: 'pod-eip', node: 'node1', annotations: { 'ovn.kubernetes.io/eip': '172.56.0.233' } },
    { op: 'wait' },
    { op: 'create-pod', pod: 'pod-snat', node: 'node2', annotations: { 'ovn.kubernetes.io/snat': '172.56.0.200' } },
    ...attached(['pod-eip', 'pod-snat']),
    { op: 'wait' },
  ],
}

const attached = (pods: readonly string[]): Action[] => pods.map((pod) => ({ op: 'attach', pod }))
const upTo = (version: Version, chain: string, last: string): Action[] => {
  const all = steps(version, chain)
  return all.slice(0, all.findIndex((s) => s.folder === last) + 1).flatMap((s) => s.do)
}
const seed = (): Readonly<Record<string, string>> => ({ ...recording('v1.16.2', 's03-gw-addr-set').config })

export interface Comparison {
  readonly recorded: Rules
  readonly replayed: Rules
  /** The lab's own network before any gateway is not the recordings': then what changed since is compared, not what is there. */
  readonly since?: { readonly recorded: Facts; readonly replayed: Facts }
}

/** Lines that came and lines that went. */
function change(before: Facts, now: Facts): Facts {
  const subjects = new Set([...Object.keys(before), ...Object.keys(now)])
  const but = (a: readonly string[] = [], b: readonly string[] = []): string[] => a.filter((line) => !b.includes(line))
  return Object.fromEntries(
    [...subjects].flatMap((s) => [
      [s, but(now[s], before[s])],
      [`${s} gone`, but(before[s], now[s])],
    ]),
  )
}

/** One step: its actions, the last wait included, then what is left must be what was recorded, now or within the deadline. */
export async function replay(world: World, perform: Performer, step: Step, expected: RawState, { recorded, replayed, since }: Comparison): Promise<void> {
  for (const action of step.do) await perform(action)
  const wanted = since ? change(since.recorded, facts(expected, recorded)) : facts(expected, recorded)
  let last: Facts = {}
  const look = async (): Promise<true | undefined> => {
    const now = facts(await world.read(), replayed)
    last = since ? change(since.replayed, now) : now
    return JSON.stringify(last) === JSON.stringify(wanted) ? true : undefined
  }
  await until('the recording is reached', look, 30_000).catch(() => undefined)
  expect(last, step.folder).toEqual(wanted)
}
