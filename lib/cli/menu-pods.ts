/** The menu's questions about pods: which one, what kind of address, which address. Each gives words of a command line, or BACK. */
import { conflicts, showOwners } from '../addresses/owners.ts'
import { readOwners } from '../addresses/read.ts'
import { judgeExternal } from '../gateway/judge-address.ts'
import { readExternal } from '../gateway/judge-external.ts'
import { DEFAULT_VPC } from '../gateway/names.ts'
import { isAnnotated, type PodView, podName } from '../gateway/pods.ts'
import type { Pool } from '../inventory/site.ts'
import { addressesIn, networkCidr } from '../net/cidr.ts'
import { parseIp } from '../net/ip.ts'
import type { App } from './app.ts'
import type { Ask, Choice } from './ask.ts'
import { BACK } from './ask.ts'
import { busy } from './busy.ts'
import type { Cluster } from './menu-state.ts'

type Words = readonly string[] | typeof BACK

/** More rows than that are first asked by namespace. */
const SHORT = 12

const about = ({ ip, node, eip, snat }: PodView): string =>
  [ip, node === undefined ? undefined : `on ${node}`, eip === undefined ? undefined : `EIP ${eip}`, snat === undefined ? undefined : `SNAT ${snat}`]
    .filter((t) => t !== undefined)
    .join(', ')

/** Pods the gateway can serve (R20): running, with an address of their own in the default VPC. */
export const isServable = (p: PodView): boolean => !p.deleting && !p.hostNetwork && p.vpc === DEFAULT_VPC && p.ip !== undefined && p.phase === 'Running'

async function pickPod(ask: Ask, question: string, pods: readonly PodView[]): Promise<PodView | typeof BACK> {
  const rows = (list: readonly PodView[]): readonly Choice<PodView>[] => list.map((p) => ({ value: p, label: podName(p), hint: about(p) }))
  const spaces = [...new Set(pods.map((p) => p.namespace))].sort()
  if (pods.length <= SHORT || spaces.length === 1) return ask.select(question, rows(pods), { back: true })
  for (;;) {
    const of = (ns: string): readonly PodView[] => pods.filter((p) => p.namespace === ns)
    const space = await ask.select(
      'In which namespace?',
      spaces.map((ns) => ({ value: ns, label: ns, hint: `${of(ns).length} pods` })),
      { back: true },
    )
    if (space === BACK) return BACK
    const pod = await ask.select(question, rows(of(space)), { back: true })
    if (pod !== BACK) return pod
  }
}

const KINDS: readonly Choice<'eip' | 'snat'>[] = [
  { value: 'eip', label: 'its own (EIP)', hint: 'reachable from outside, and leaves with it' },
  { value: 'snat', label: 'for leaving only (SNAT)', hint: 'not reachable; several pods may share it' },
]

/** `assign NS/POD --eip ADDRESS` */
export async function askAssign(app: App, cluster: Cluster): Promise<Words> {
  const ask = await app.ask()
  const pods = cluster.pods.filter(isServable)
  if (pods.length === 0) {
    app.out.write('There is no pod yet that could get an address.\n')
    return BACK
  }
  for (;;) {
    const pod = await pickPod(ask, 'Which pod?', pods)
    if (pod === BACK) return BACK
    for (;;) {
      const kind = await ask.select(`Which kind of address for ${podName(pod)}?`, KINDS, { back: true })
      if (kind === BACK) break
      const address = await askAddress(app, ask, cluster, pod, kind)
      if (address !== BACK) return ['assign', podName(pod), `--${kind}`, address]
    }
  }
}

async function askAddress(app: App, ask: Ask, { ctx, pods }: Cluster, pod: PodView, kind: 'eip' | 'snat'): Promise<string | typeof BACK> {
  const look = ctx.look()
  // What could not be read for `owners` stops the run by its own check (address-free).
  const [external, { owners }] = await busy(app.out, 'looking for a free address', Promise.all([readExternal(look), readOwners(look)]))
  const wrong = judgeExternal(external)
  const verdict = (text: string): true | string => {
    const bad = wrong(text.trim())
    if (bad !== undefined) return bad
    const whose = conflicts(owners, parseIp(text.trim()), { pod, how: kind })
    return whose.length === 0 || `${text.trim()} is ${showOwners(whose)}`
  }
  const shared = kind === 'snat' ? pods.flatMap((p) => p.snat ?? [])[0] : undefined
  const proposed = shared === undefined ? firstFree(external.pools, pod[kind], verdict) : { address: shared, why: 'shared with other pods already' }
  const text = await ask.input(`Address for ${podName(pod)}`, {
    initial: proposed?.address ?? '',
    back: true,
    validate: verdict,
    about: proposed === undefined ? `free and in ${external.network === undefined ? 'the outside network' : networkCidr(external.network)}` : proposed.why,
  })
  return text === BACK ? BACK : text.trim()
}

/** Of a pool of thousands only the first are looked at: the person can type any other. */
const LOOKED_AT = 1000

function firstFree(
  pools: readonly Pool[],
  present: string | undefined,
  verdict: (text: string) => true | string,
): { readonly address: string; readonly why: string } | undefined {
  for (const pool of pools) {
    for (const { first, last } of pool.ranges) {
      let seen = 0
      for (const ip of addressesIn({ first: parseIp(first), last: parseIp(last) })) {
        if (seen++ > LOOKED_AT) break
        if (ip !== present && verdict(ip) === true) return { address: ip, why: `the first free one of pool ${pool.name}` }
      }
    }
  }
  return undefined
}

/** `release NS/POD` */
export async function askRelease(app: App, cluster: Cluster): Promise<Words> {
  const ask = await app.ask()
  const pods = cluster.pods.filter((p) => isAnnotated(p) && !p.deleting)
  for (;;) {
    const pod = await pickPod(ask, 'From which pod?', pods)
    if (pod === BACK) return BACK
    const { eip, snat } = pod
    if (eip === undefined || snat === undefined) return ['release', podName(pod)]
    const which = await ask.select(
      `Which of its addresses?`,
      [
        { value: [], label: 'both' },
        { value: ['--only', 'eip'], label: `EIP ${eip}` },
        { value: ['--only', 'snat'], label: `SNAT ${snat}` },
      ] satisfies readonly Choice<readonly string[]>[],
      { back: true },
    )
    if (which !== BACK) return ['release', podName(pod), ...which]
  }
}
