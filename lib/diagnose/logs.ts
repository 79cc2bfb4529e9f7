/** Reading the ends of the logs that say why Kube-OVN did not do something, and what they say. */
import type { Ctx } from '../define.ts'
import { type Finding, unknown, warn } from '../kernel/check.ts'
import { asError, type OvngwError } from '../kernel/errors.ts'
import { type KubeObject, POD } from '../kube/port.ts'
import { answer } from '../ovn/call.ts'
import { read } from '../proc/command.ts'
import { causesIn, type LogSource } from './log-causes.ts'

/** Lines of one log, and how long ago at most: an old line explains nothing of today. */
const [LINES, SECONDS] = [500, 900]
const VSWITCHD = '/var/log/openvswitch/ovs-vswitchd.log'

export interface Log {
  readonly from: LogSource
  /** Pod or node. */
  readonly where: string
  readonly text: string
}

export interface Logs {
  readonly read: readonly Log[]
  readonly unread: readonly { readonly from: LogSource; readonly where: string; readonly error: OvngwError }[]
}

/** Of the controller (every replica), and of the daemons of these nodes. @param forMs a log that does not come in this time is not waited for */
export async function readLogs(ctx: Ctx, nodes: readonly string[], forMs = 10_000): Promise<Logs> {
  const { namespace } = await ctx.look().settings()
  const podsOf = async (app: string): Promise<readonly KubeObject[]> =>
    (await ctx.kube.list(POD, { namespace, labelSelector: `app=${app}`, signal: ctx.signal })).items
  const on = (pod: KubeObject): boolean => nodes.includes((pod['spec'] as { nodeName?: string } | undefined)?.nodeName ?? '')
  const [controllers, cnis, switches] = await Promise.all([podsOf('kube-ovn-controller'), podsOf('kube-ovn-cni'), podsOf('ovs')])
  const of = (from: LogSource, container: string) => (pod: KubeObject) => ({
    from,
    where: pod.metadata.name,
    take: () =>
      ctx.kube.logs({ namespace, pod: pod.metadata.name, container }, { tailLines: LINES, sinceSeconds: SECONDS, signal: ctx.signal, timeoutMs: forMs }),
  })
  const sources = [
    ...controllers.map(of('kube-ovn-controller', 'kube-ovn-controller')),
    ...cnis.filter(on).map(of('kube-ovn-cni', 'cni-server')),
    // Its start script follows ovn-controller's file; that of ovs-vswitchd is only a file.
    ...switches.filter(on).map(of('ovn-controller', 'openvswitch')),
    ...nodes.map((node) => ({ from: 'ovs-vswitchd' as const, where: node, take: () => tail(ctx, node, forMs) })),
  ]
  const settled = await Promise.all(sources.map(async ({ from, where, take }) => ({ from, where, result: await kept(take) })))
  return {
    read: settled.flatMap(({ result, ...rest }) => (typeof result === 'string' ? [{ ...rest, text: result }] : [])),
    unread: settled.flatMap(({ result, ...rest }) => (typeof result === 'string' ? [] : [{ ...rest, error: result }])),
  }
}

const tail = (ctx: Ctx, node: string, timeoutMs: number): Promise<string> =>
  answer(ctx.node(node), read('tail', '-n', `${LINES}`, VSWITCHD), { signal: ctx.signal, timeoutMs })

async function kept(take: () => Promise<string>): Promise<string | OvngwError> {
  try {
    return await take()
  } catch (thrown) {
    const error = asError(thrown)
    if (error.code === 'CANCELLED') throw error
    return error
  }
}

const TITLE = 'the logs say nothing of a known cause'
const finding = (object: string, rest: Omit<Finding, 'id' | 'title' | 'level' | 'object'>): Finding => ({
  id: 'log',
  title: TITLE,
  level: 'warning',
  object,
  ...rest,
})

/** What the logs say, as warnings: a line is a trace of a fault, not the fault. Logs that could not be read are unknown. */
export function logFindings(ctx: Pick<Ctx, 'site'>, namespace: string, { read: logs, unread }: Logs): readonly Finding[] {
  const found = logs.flatMap(({ from, where, text }) =>
    causesIn(from, text).map(({ cause, about, times, line }) =>
      finding(`${from} ${where}`, {
        ...warn(`${cause.cause}${about.length === 0 ? '' : `: ${about.slice(0, 5).join(', ')}`}; ${times} ${times === 1 ? 'line' : 'lines'}`),
        hint: cause.next(ctx.site, namespace),
        seen: { line: line.slice(0, 400) },
      }),
    ),
  )
  const silent = unread.map(({ from, where, error }) =>
    finding(`${from} ${where}`, unknown(`its log could not be read: ${error.message}`, { hint: error.hint })),
  )
  return [...found, ...silent]
}
