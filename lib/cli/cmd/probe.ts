/** `ovngw probe NS/POD`: packets out of a pod and in to its EIP; never writes. Exit 0, or 3 when something did not answer or could not be asked. */
import type { Direction, PacketPlan, Probed, Target } from '../../diagnose/packets.ts'
import { tryIpv4 } from '../../gateway/judge-scene.ts'
import type { Site } from '../../inventory/site.ts'
import type { Finding } from '../../kernel/check.ts'
import { OvngwError } from '../../kernel/errors.ts'
import type { Port } from '../../ovs/reach.ts'
import type { PacketRow } from '../../report/packets.ts'
import { type App, QUIET } from '../app.ts'
import type { Globals } from '../globals.ts'
import { siteOf } from '../site.ts'
import { withWorld } from '../with-world.ts'

export type ProbeOptions = Readonly<Record<string, unknown>>

const usage = (what: string): OvngwError => new OvngwError('USAGE', { what, hint: 'ovngw probe --help' })
const list = (value: unknown): readonly string[] | undefined => (Array.isArray(value) ? value.map(String).filter((t) => t !== '') : undefined)

function portOf(text: string): Port {
  const [, protocol, digits] = /^(tcp|udp)\/(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (protocol === undefined || port < 1 || port > 65535) throw usage(`--port ${text} is not tcp/PORT or udp/PORT`)
  return { protocol: protocol === 'udp' ? 'udp' : 'tcp', port }
}

/** Below 68 bytes nothing is ever fragmented (RFC 791). */
function sizeOf(text: string): number {
  const bytes = /^\d{2,5}$/.test(text) ? Number(text) : 0
  if (bytes < 68 || bytes > 65535) throw usage(`--size ${text} is no packet size, 68 to 65535 bytes`)
  return bytes
}

function targetOf(text: string): Target {
  const [, host = '', digits] = /^([^:]+)(?::(\d{1,5}))?$/.exec(text) ?? []
  const address = tryIpv4(host)
  const port = digits === undefined ? undefined : Number(digits)
  if (address === undefined || port === 0 || (port ?? 1) > 65535) throw usage(`--target ${text} is no IPv4 ADDRESS or ADDRESS:PORT`)
  return { address, port }
}

async function planOf(options: ProbeOptions): Promise<PacketPlan> {
  const { podRefArg } = await import('../../../tasks/runbooks/pod-args.ts')
  const { success, data } = podRefArg.safeParse(options['pod'])
  if (!success) throw usage(options['pod'] === undefined ? 'probe wants NAMESPACE/POD' : `${options['pod']} is no NAMESPACE/POD`)
  const only: readonly Direction[] = (['to outside', 'from outside'] as const).filter((_, i) => options[i === 0 ? 'toOutside' : 'fromOutside'] === true)
  return {
    ref: data,
    ways: only.length > 0 ? only : ['to outside', 'from outside'],
    ports: list(options['port'])?.map(portOf),
    sizes: list(options['size'])?.map(sizeOf),
    target: typeof options['target'] === 'string' ? targetOf(options['target']) : undefined,
  }
}

export async function probe(app: App, globals: Globals, options: ProbeOptions): Promise<number> {
  if (options['echo'] !== undefined) return echo(app, options)
  if (options['allow'] !== undefined) throw usage('--allow is for --echo')
  const plan = await planOf(options)
  return withWorld(app, globals, await siteOf(globals, app.cwd), async (world, signal) => {
    const [{ probePackets }, { echoesOf }, { judge }] = await Promise.all([
      import('../../diagnose/packets.ts'),
      import('../echo.ts'),
      import('../../diagnose/packet-verdict.ts'),
    ])
    const probed = await probePackets(world.context(signal, QUIET), plan, echoesOf(world.site))
    signal.throwIfAborted()
    const rows = probed.asked.map((asked) => ({ ...asked, finding: judge(world.site, plan.ref, asked) }))
    await show(app, globals, world.site, probed, rows)
    return rows.length > 0 && rows.every((r) => r.finding.outcome === 'pass') ? 0 : 3
  })
}

async function echo(app: App, { pod, echo: given, allow }: ProbeOptions): Promise<number> {
  const port = given === true ? 8080 : Number(given)
  if (pod !== undefined || !Number.isInteger(port) || port < 1 || port > 65535) throw usage('--echo wants a port and no pod, like --echo 8080')
  return (await import('../echo.ts')).serveEcho(app, port, list(allow) ?? [])
}

async function show(app: App, globals: Globals, site: Site, { pod, notes }: Probed, rows: readonly PacketRow[]): Promise<void> {
  const about = `${pod.namespace}/${pod.name}`
  if (globals.output === 'json') {
    const line = (value: object): void => app.out.write(`${JSON.stringify(value)}\n`)
    for (const { finding, way } of rows) line({ way, ...(finding.seen as object), judged: finding.outcome, detail: finding.detail, hint: finding.hint })
    line({ about: `pod ${about}`, asked: rows.length, bad: rows.filter((r) => r.finding.outcome !== 'pass').length, notes })
    return
  }
  if (globals.output !== 'text') {
    const [{ junitText }, { markdownText }] = await Promise.all([import('../../report/junit.ts'), import('../../report/markdown.ts')])
    const groups = [...Map.groupBy(rows, (r) => r.way)].map(([group, some]) => ({ group, findings: some.map((r): Finding => r.finding) }))
    app.out.write(globals.output === 'junit' ? junitText(groups, app.now()) : markdownText(groups, `${site.name}, pod ${about}`, app.now()))
    return
  }
  const { packetsBlock, packetsEnd } = await import('../../report/packets.ts')
  const look = { width: app.out.columns ?? 100, color: app.out.color, verbose: globals.verbose }
  app.out.write(`${packetsBlock(rows, look)}${packetsEnd(rows, notes, look)}`)
}
