/** `ovngw diagnose pod|gateway|address`: the way of the packets, link by link; the first broken one is the cause. Exit 0, or 3. */
import type { Ctx } from '../../define.ts'
import type { CheckOf, Judge, Link, Walked } from '../../diagnose/link.ts'
import { tryIp } from '../../gateway/judge-scene.ts'
import type { PodRef } from '../../inventory/site.ts'
import type { BoundCheck, Finding } from '../../kernel/check.ts'
import { stops } from '../../kernel/check.ts'
import { runChecks } from '../../kernel/checks.ts'
import { OvngwError } from '../../kernel/errors.ts'
import { type Ipv4, isIpv4 } from '../../net/ip.ts'
import type { Verdict } from '../../report/path.ts'
import type { Look } from '../../report/sections.ts'
import { type App, QUIET, type World } from '../app.ts'
import type { Globals } from '../globals.ts'
import { pick, type Registry } from '../registry.ts'
import { siteOf } from '../site.ts'
import { withWorld } from '../with-world.ts'

export interface DiagnoseOptions {
  readonly kind: string
  /** NS/NAME of a pod, or an address. */
  readonly which?: string | undefined
  readonly probe: boolean
}

/** A check of the registry by its id. */
export const checksOf =
  ({ checks }: Registry): CheckOf =>
  (id, args = {}) => ({
    check: pick(
      'check',
      id,
      checks.map((c) => c.check),
      (c) => c.id,
    ) as BoundCheck<Ctx>['check'],
    args,
  })

interface Plan {
  readonly about: string
  readonly links: readonly Link[]
  /** Walked also behind a broken link. */
  readonly always?: readonly Link[]
  /** Whose daemons' logs may say more. */
  nodes(): Promise<readonly string[]>
}

async function planOf(ctx: Ctx, check: CheckOf, { kind, which, probe }: DiagnoseOptions): Promise<Plan> {
  const [{ exitNodes }, { subjectOf }] = await Promise.all([import('../../gateway/exit.ts'), import('../../diagnose/subject.ts')])
  const gatewayNodes = () => exitNodes(ctx.look())
  if (kind === 'gateway') {
    if (which !== undefined) throw usage(`diagnose gateway takes nothing more, not ${which}`)
    return { about: 'the gateway', links: (await import('../../diagnose/gateway-links.ts')).gatewayLinks(ctx, check), nodes: gatewayNodes }
  }
  if (which === undefined) throw usage(kind === 'pod' ? 'diagnose pod wants NAMESPACE/POD' : 'diagnose address wants an IPv4 address')
  if (kind === 'address') return { about: which, links: (await import('../../diagnose/address.ts')).addressLinks(ctx, ipv4(which)), nodes: async () => [] }
  const ref = await podRef(which)
  const { pod } = await subjectOf(ctx.look(), ref) // a name that is no pod's is no diagnosis
  const { podLinks } = await import('../../diagnose/pod-links.ts')
  return {
    about: `pod ${ref.namespace}/${ref.name}`,
    links: podLinks(ctx, ref, check, { probe }),
    always: probe ? [(await import('../../diagnose/packet-link.ts')).packetLink(ctx, ref)] : [],
    nodes: async () => [...new Set([...(await exitNodes(ctx.look(), pod)), ...(pod.node === undefined ? [] : [pod.node])])],
  }
}

const usage = (what: string): OvngwError =>
  new OvngwError('USAGE', { what, hint: 'ovngw diagnose pod NAMESPACE/POD, ovngw diagnose gateway, ovngw diagnose address IP' })

function ipv4(text: string): Ipv4 {
  const ip = tryIp(text)
  if (ip !== undefined && isIpv4(ip)) return ip
  throw usage(`${text} is no IPv4 address`)
}

async function podRef(text: string): Promise<PodRef> {
  const { podRefArg } = await import('../../../tasks/runbooks/pod-args.ts')
  const { success, data } = podRefArg.safeParse(text)
  if (success) return data
  throw usage(`${text} is no NAMESPACE/POD`)
}

export async function diagnose(app: App, globals: Globals, options: DiagnoseOptions): Promise<number> {
  if (!['pod', 'gateway', 'address'].includes(options.kind)) throw usage(`there is nothing to diagnose called ${options.kind}`)
  const registry = await app.registry()
  return withWorld(app, globals, await siteOf(globals, app.cwd), async (world, signal) => {
    const ctx = world.context(signal, QUIET)
    const plan = await planOf(ctx, checksOf(registry), options)
    const { walk } = await import('../../diagnose/link.ts')
    const screen = await screenOf(app, globals, world, plan)
    const judge: Judge = (checks) => runChecks(checks, ctx, world.accepted)
    const path = await walk(plan.links, judge, screen.link)
    const walked = [...path, ...(await walk(plan.always ?? [], judge, screen.link))]
    signal.throwIfAborted()
    const verdict = verdictOf(walked)
    const logs = options.kind === 'address' ? [] : await logsOf(ctx, plan)
    screen.end(walked, verdict, logs)
    return verdict.state === 'whole' ? 0 : 3
  })
}

async function logsOf(ctx: Ctx, plan: Plan): Promise<readonly Finding[]> {
  const { logFindings, readLogs } = await import('../../diagnose/logs.ts')
  const { namespace } = await ctx.look().settings()
  // No node is known where the databases cannot be read; the controller's log may say why.
  const nodes = await plan.nodes().catch(() => [])
  return logFindings(ctx, namespace, await readLogs(ctx, nodes))
}

function verdictOf(walked: readonly Walked[]): Verdict {
  const bad = walked.find((w) => w.state === 'broken') ?? walked.find((w) => w.state === 'unseen')
  if (bad === undefined || bad.state === 'whole' || bad.state === 'not judged') return { state: 'whole' }
  const outcome = bad.state === 'broken' ? 'fail' : 'unknown'
  const cause = bad.findings.find((f) => stops(f) && f.outcome === outcome)
  return { state: bad.state, link: bad.link, why: cause?.detail, next: cause?.hint }
}

interface Screen {
  readonly link: (walked: Walked) => void
  readonly end: (walked: readonly Walked[], verdict: Verdict, logs: readonly Finding[]) => void
}

/** Text and JSON come as links are judged; JUnit and Markdown are written when all is known. */
async function screenOf(app: App, { output, verbose }: Globals, world: World, { about }: Plan): Promise<Screen> {
  const line = (value: object): void => app.out.write(`${JSON.stringify(value)}\n`)
  if (output === 'json')
    return {
      link: line,
      end: (_walked, { state, link = null, why, next }, logs) => line({ about, state, broken: state === 'broken' ? link : null, link, why, next, logs }),
    }
  const groups = (walked: readonly Walked[], logs: readonly Finding[]) => [
    ...walked.filter((w) => w.findings.length > 0).map((w) => ({ group: w.link, findings: w.findings })),
    ...(logs.length === 0 ? [] : [{ group: 'logs', findings: logs }]),
  ]
  if (output === 'junit' || output === 'markdown') {
    const [{ junitText }, { markdownText }] = await Promise.all([import('../../report/junit.ts'), import('../../report/markdown.ts')])
    const text = (all: ReturnType<typeof groups>): string =>
      output === 'junit' ? junitText(all, app.now()) : markdownText(all, `${world.site.name}, ${about}`, app.now())
    return { link: () => undefined, end: (walked, _verdict, logs) => app.out.write(text(groups(walked, logs))) }
  }
  const { linkBlock, logsBlock, verdictBlock } = await import('../../report/path.ts')
  const look: Look = { width: app.out.columns ?? 100, color: app.out.color, verbose }
  return {
    link: (walked) => app.out.write(linkBlock(walked, look)),
    end: (walked, verdict, logs) => app.out.write(`${logsBlock(logs, look)}${verdictBlock(walked, verdict, look)}`),
  }
}
