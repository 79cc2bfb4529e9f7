/** The wizard's questions in order. Each takes what is answered so far and gives its own part, or BACK. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Ctx } from '../define.ts'
import { wrongMac } from '../gateway/judge-config.ts'
import { internalIps } from '../gateway/judge-nic-view.ts'
import { isReady } from '../gateway/judge-scene.ts'
import type { GatewayWanted, Probe, Site } from '../inventory/site.ts'
import { OvngwError } from '../kernel/errors.ts'
import { addressOf, cidrOf, networkCidr, parseCidr, prefixLength } from '../net/cidr.ts'
import { parseIp } from '../net/ip.ts'
import { parseMac } from '../net/mac.ts'
import type { Out } from '../report/out.ts'
import type { Ask, Choice } from './ask.ts'
import { BACK } from './ask.ts'
import { busy } from './busy.ts'
import { siteName } from './site-file.ts'
import { answering, candidates, freshMac, guessNextHop, judgeNextHop, judgeOwn, macUsers } from './wizard-network.ts'
import { nicChoices } from './wizard-nics.ts'

/** What has been answered so far. */
export interface Draft {
  readonly node?: string
  readonly nic?: string
  /** With the prefix length of its network. */
  readonly nextHop?: string
  /** Without prefix length. */
  readonly address?: string
  readonly mac?: string
  readonly ssh?: string
  readonly name?: string
}

export interface Wizard {
  readonly ctx: Ctx
  readonly ask: Ask
  readonly out: Out
  readonly cwd: string
  readonly cluster: Site['cluster']
  /** The practice cluster this is, if it is one: its outside host is known. */
  readonly lab: string | undefined
  readonly yaml: (draft: Draft) => string
}

type Question = (wizard: Wizard, draft: Draft) => Promise<Partial<Draft> | typeof BACK>

const askNode: Question = async ({ ctx, ask, out }, { node }) => {
  const nodes = await busy(out, 'looking at the nodes', ctx.look().nodes())
  const choices = nodes.map(
    (n): Choice<string> => ({ value: n.metadata.name, label: n.metadata.name, hint: internalIps(n).join(' '), disabled: isReady(n) ? undefined : 'not Ready' }),
  )
  if (!choices.some((c) => c.disabled === undefined)) throw new OvngwError('CHECK_FAILED', { what: 'no node is Ready', hint: 'kubectl get nodes' })
  const initial = Math.max(
    choices.findIndex((c) => c.value === node),
    choices.findIndex((c) => c.disabled === undefined),
  )
  const chosen = await ask.select('Which node shall be the gateway?', choices, { back: true, initial, signal: ctx.signal })
  return chosen === BACK ? BACK : { node: chosen }
}

const askNic: Question = async ({ ctx, ask, out }, { node = '' }) => {
  const choices = await busy(out, `looking at the NICs of ${node}`, nicChoices(ctx, node))
  if (!choices.some((c) => c.disabled === undefined)) out.write(`No NIC of ${node} can be given away: go back and take another node.\n`)
  const nic = await ask.select(`Which NIC of ${node} leads outside? It leaves the host.`, choices, { back: true, signal: ctx.signal })
  return nic === BACK ? BACK : { nic }
}

const askNextHop: Question = async ({ ctx, ask, out }, { node = '', nic = '', nextHop }) => {
  const initial = nextHop ?? (await guessNextHop(ctx, node, nic)) ?? ''
  const about = 'next hop to the outside, like 192.0.2.1/24'
  const text = await ask.input('Router of the outside network', { initial, back: true, validate: judgeNextHop, about, signal: ctx.signal })
  if (text === BACK) return BACK
  const hop = parseCidr(text.trim())
  const macs = await busy(out, `asking on ${nic} who ${addressOf(hop)} is`, answering(ctx, node, nic, addressOf(hop)))
  if (macs?.length === 0) out.write(`  ? ${addressOf(hop)} does not answer on ${nic} of ${node}: right only if it is silent or down now\n`)
  return { nextHop: hop }
}

const askAddress: Question = async ({ ctx, ask, out }, { node = '', nic = '', nextHop = '', address }) => {
  const hop = parseCidr(nextHop)
  const wrong = await judgeOwn(ctx, hop)
  const taken = new Map<string, string>()
  /** Who answers on the wire, unless the answer is the router's for everything (proxy ARP). */
  const wire = async (ip: string): Promise<string | undefined> => {
    const macs = await busy(out, `asking on ${nic} whether ${ip} is free`, answering(ctx, node, nic, ip))
    if (macs !== undefined && macs.length > 0) taken.set(ip, `${ip} is taken: ${macs.join(', ')} answers for it on ${nic}`)
    return taken.get(ip)
  }
  const propose = async (): Promise<string> => {
    let asked = 0
    for (const ip of candidates(hop)) if (wrong(ip) === undefined && (asked++ > 3 || (await wire(ip)) === undefined)) return ip
    return ''
  }
  let initial = address !== undefined && wrong(address) === undefined ? address : await propose()
  for (;;) {
    const about = `free and in ${networkCidr(hop)}`
    const validate = (text: string): true | string => wrong(text.trim()) ?? taken.get(text.trim()) ?? true
    const text = await ask.input('Address of the gateway itself', { initial, back: true, validate, about, signal: ctx.signal })
    if (text === BACK) return BACK
    const ip = parseIp(text.trim())
    if (ip === initial || (await wire(ip)) === undefined) return { address: ip }
    out.write(`  ✖ ${taken.get(ip)}\n`)
    initial = ip
  }
}

const askMac: Question = async ({ ctx, ask }, { node = '', mac }) => {
  const users = await macUsers(ctx, node)
  const options = { initial: mac ?? freshMac(users), back: true, about: 'made up for it; no NIC may have it', signal: ctx.signal } as const
  const text = await ask.input('MAC of the gateway', { ...options, validate: (t) => wrongMac(t.trim(), users) ?? true })
  return text === BACK ? BACK : { mac: parseMac(text.trim()) }
}

const askProbe: Question = async ({ ctx, ask, lab }, { ssh }) => {
  if (lab !== undefined) return {}
  const about = 'a name ssh knows, to prove with packets; may stay empty'
  const validate = (t: string): true | string => t.trim() === '' || /^[A-Za-z0-9_][A-Za-z0-9_.@:[\]-]*$/.test(t.trim()) || 'write it as for ssh: user@host'
  const text = await ask.input('Test host outside the cluster', { initial: ssh ?? '', back: true, validate, about, signal: ctx.signal })
  return text === BACK ? BACK : { ssh: text.trim() }
}

const askName: Question = async ({ ask, ctx, cwd }, { name }) => {
  const initial = name ?? ctx.kube.where.context.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[._-]+/, '')
  const isThere = (t: string): boolean => ['yaml', 'yml'].some((end) => existsSync(join(cwd, 'inventory', `${t}.${end}`)))
  const validate = (t: string): true | string => (isThere(t.trim()) ? `inventory/${t.trim()}.yaml is there already: take another name` : siteName(t.trim()))
  const text = await ask.input('Name for this site', { initial, back: true, validate, about: 'becomes inventory/NAME.yaml', signal: ctx.signal })
  return text === BACK ? BACK : { name: text.trim() }
}

const askWrite: Question = async ({ ask, ctx, out, yaml }, draft) => {
  const text = yaml(draft)
    .split('\n')
    .map((l) => (l === '' ? '' : `  ${l}`))
    .join('\n')
  out.write(`\n${text}\n`)
  const yes: Choice<true> = { value: true, label: 'yes', hint: 'the cluster stays as it is until you say yes to the plan' }
  const go = await ask.select(`Write inventory/${draft.name}.yaml and look at the plan?`, [yes], { back: true, signal: ctx.signal })
  return go === BACK ? BACK : {}
}

export const QUESTIONS: readonly Question[] = [askNode, askNic, askNextHop, askAddress, askMac, askProbe, askName, askWrite]

export function gatewayOf({ node = '', nic = '', nextHop = '', address = '', mac = '' }: Draft): GatewayWanted {
  const hop = parseCidr(nextHop)
  return {
    type: 'centralized',
    nodes: [{ name: node }],
    nic,
    address: cidrOf(parseIp(address), prefixLength(hop)),
    mac,
    nextHop: addressOf(hop),
  }
}

export function probeOf({ ssh = '', nextHop = '' }: Draft, lab: string | undefined): Probe | undefined {
  const target = [addressOf(parseCidr(nextHop))]
  if (lab !== undefined) return { outside: [{ exec: ['ip', 'netns', 'exec', `${lab}-outside`] }], target }
  return ssh === '' ? undefined : { outside: [{ ssh }], target }
}
