/**
 * `ovngw install` at a terminal without an inventory: finds nodes and NICs, asks what only a person knows, writes inventory/NAME.yaml.
 * Every question can go back and be quit; nothing is written to the cluster here.
 */
import { randomBytes } from 'node:crypto'
import type { Ctx } from '../define.ts'
import type { GatewayWanted, Site } from '../inventory/site.ts'
import { siteYaml } from '../inventory/write.ts'
import { OvngwError } from '../kernel/errors.ts'
import { addressOf, isHostOf, network, parseCidr } from '../net/cidr.ts'
import { addToIp, parseIp } from '../net/ip.ts'
import { isUnicast, localMacOf, parseMac } from '../net/mac.ts'
import type { Out } from '../report/out.ts'
import type { Ask, Choice } from './ask.ts'
import { BACK } from './ask.ts'
import { siteName, writeSite } from './site-file.ts'
import { nicChoices } from './wizard-nics.ts'

/** What has been answered so far. */
interface Draft {
  readonly node?: string
  readonly nic?: string
  readonly nextHop?: string
  readonly address?: string
  readonly mac?: string
  readonly name?: string
}

export interface Wizard {
  readonly ctx: Ctx
  readonly ask: Ask
  readonly out: Out
  readonly cwd: string
  readonly cluster: Site['cluster']
}

type Question = (wizard: Wizard, draft: Draft) => Promise<Partial<Draft> | typeof BACK>

/** True, or what is wrong with a text that `read` refuses. */
function judge(read: (text: string) => unknown): (text: string) => true | string {
  return (text) => {
    try {
      read(text.trim())
      return true
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
}

const wrong = (why: string): never => {
  throw new RangeError(why)
}

const askNode: Question = async ({ ctx, ask }) => {
  const nodes = await ctx.look().nodes()
  const ready = (n: (typeof nodes)[number]): boolean =>
    ((n['status'] as { conditions?: readonly { type?: string; status?: string }[] } | undefined)?.conditions ?? []).some(
      (c) => c.type === 'Ready' && c.status === 'True',
    )
  const choices = nodes.map((n): Choice<string> => ({ value: n.metadata.name, label: n.metadata.name, disabled: ready(n) ? undefined : 'not Ready' }))
  if (!choices.some((c) => c.disabled === undefined)) throw new OvngwError('CHECK_FAILED', { what: 'no node is Ready', hint: 'kubectl get nodes' })
  return { node: await ask.select('Which node shall be the gateway?', choices) }
}

const askNic: Question = async ({ ctx, ask, out }, { node = '' }) => {
  out.write(`looking at the NICs of ${node} …\n`)
  const choices = await nicChoices(ctx, node)
  if (!choices.some((c) => c.disabled === undefined)) out.write(`no NIC of ${node} is safe to give away: go back and take another node\n`)
  const nic = await ask.select(`Which NIC of ${node} leads to the outside network?`, choices, { back: true })
  return nic === BACK ? BACK : { nic }
}

/** The network the NIC is in now tells a likely next hop. */
async function guessNextHop({ ctx }: Wizard, { node = '', nic }: Draft): Promise<string | undefined> {
  const [links, routes] = await Promise.all([ctx.look().links(node), ctx.look().routes(node)])
  const route = routes.find((r) => r.dev === nic && r.gateway !== undefined && !r.gateway.includes(':'))
  const own = links.find((l) => l.name === nic)?.addresses.find((a) => !a.includes(':'))
  return route?.gateway ?? (own === undefined ? undefined : addToIp(network(parseCidr(own)), 1))
}

const askNextHop: Question = async (wizard, draft) => {
  const initial = draft.nextHop ?? (await guessNextHop(wizard, draft)) ?? ''
  const text = await wizard.ask.input('Address of the physical gateway (next hop)', { initial, back: true, validate: judge(parseIp) })
  return text === BACK ? BACK : { nextHop: text.trim() }
}

const askAddress: Question = async ({ ask }, { nextHop = '', address }) => {
  const check = (text: string): unknown => {
    const cidr = parseCidr(text)
    if (addressOf(cidr) === parseIp(nextHop)) wrong('that is the next hop itself')
    if (!isHostOf(cidr, addressOf(cidr))) wrong('that is the network or broadcast address')
    return isHostOf(cidr, parseIp(nextHop)) || wrong(`the next hop ${nextHop} is not in that network`)
  }
  const initial = address ?? `${addToIp(parseIp(nextHop), 99)}/16`
  const text = await ask.input('Address and prefix length of the router port, used by nobody yet', { initial, back: true, validate: judge(check) })
  return text === BACK ? BACK : { address: text.trim() }
}

const askMac: Question = async ({ ask }, { mac }) => {
  const check = (text: string): unknown => isUnicast(parseMac(text)) || wrong('that is a multicast address')
  const text = await ask.input('MAC of the router port, used by no NIC', { initial: mac ?? localMacOf(randomBytes(6)), back: true, validate: judge(check) })
  return text === BACK ? BACK : { mac: parseMac(text.trim()) }
}

const askName: Question = async ({ ask, ctx }, { name }) => {
  const initial = name ?? ctx.kube.where.context.replaceAll(/[^A-Za-z0-9._-]/g, '-')
  const text = await ask.input('Name of this site (inventory/NAME.yaml)', { initial, back: true, validate: (t) => siteName(t.trim()) })
  return text === BACK ? BACK : { name: text.trim() }
}

const askWrite: Question = async ({ ask, out, cluster }, draft) => {
  out.write(`\n${yamlOf(cluster, draft)}\n`)
  const go = await ask.select(`Write inventory/${draft.name}.yaml and go on to the plan?`, [{ value: true, label: 'yes' }], { back: true })
  return go === BACK ? BACK : {}
}

const QUESTIONS: readonly Question[] = [askNode, askNic, askNextHop, askAddress, askMac, askName, askWrite]

function gatewayOf({ node = '', nic = '', nextHop = '', address = '', mac = '' }: Draft): GatewayWanted {
  return { type: 'centralized', nodes: [{ name: node }], nic, address, mac, nextHop }
}

const yamlOf = (cluster: Site['cluster'], draft: Draft): string =>
  siteYaml({ cluster, gateway: gatewayOf(draft), assignments: [] }, 'Made by `ovngw install`. See inventory/example.yaml for pools, assignments and probes.')

/** Asks, writes the inventory, gives the site. @throws OvngwError CANCELLED when the person quits (Ctrl-C). */
export async function runWizard(wizard: Wizard): Promise<Site> {
  wizard.out.write(
    `No inventory yet: a few questions about ${wizard.ctx.kube.where.context} (${wizard.ctx.kube.where.server}). Ctrl-C quits, nothing is changed before you say yes to a plan.\n`,
  )
  let draft: Draft = {}
  for (let at = 0; at < QUESTIONS.length; ) {
    const answer = await QUESTIONS[at]?.(wizard, draft)
    if (answer === BACK) at -= 1
    else {
      draft = { ...draft, ...answer }
      at += 1
    }
  }
  const site = await writeSite(wizard.cwd, draft.name ?? '', yamlOf(wizard.cluster, draft))
  wizard.out.write(`wrote ${site.file}\n`)
  return site
}
