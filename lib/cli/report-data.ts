/** Reads what a report says: checks, picture and addresses from one look, past runs from the journals. */
import { type Addresses, readAddresses } from '../addresses/facts.ts'
import type { Look } from '../gateway/look.ts'
import { podName } from '../gateway/pods.ts'
import { listRuns } from '../journal/store.ts'
import { asError } from '../kernel/errors.ts'
import type { ReportData, Table } from '../report/html/data.ts'
import { duration } from '../report/style.ts'
import type { Topology } from '../topology/model.ts'
import { type App, QUIET, type World } from './app.ts'
import { grouped, look } from './cmd/check.ts'
import { pictureOf, withoutSecrets } from './cmd/topology.ts'
import type { Globals } from './globals.ts'
import { COLUMNS, sorted } from './pods-table.ts'
import { lastSteps, runsTable } from './report-runs.ts'
import { stateDir } from './state-dir.ts'
import { version } from './version.ts'

export interface Report {
  readonly data: ReportData
  /** Rejected where the gateway cannot be read. */
  readonly topology: Promise<Topology>
}

export async function readReport(app: App, globals: Globals, world: World, signal: AbortSignal): Promise<Report> {
  const at = app.now()
  const checks = (await app.registry()).checks.map((c) => c.check)
  const moment = {}
  const clock = stopwatch(app)
  const findings = withoutSecrets(await clock('checks', () => look(world, checks, signal, moment)))
  const seen = world.context(signal, QUIET, moment).look()
  const topology = clock('picture', () => pictureOf(seen, findings, checks))
  topology.catch(() => undefined) // who draws hears of it
  const addresses = await clock('addresses', () => readable(seen))
  const runs = await clock('journals', async () => listRuns(stateDir(app, globals), await world.clusterUid(signal)))
  const steps = await lastSteps(runs)
  const table = (lines: Addresses['lines']): Table => podsTable(lines, at)
  const differing = addresses.lines.filter((l) => l.verdict !== 'agrees')
  const drawn = await topology.catch(() => undefined)
  return {
    topology,
    data: {
      site: world.site.name,
      context: world.kube.where.context,
      server: world.kube.where.server,
      version,
      at: at.toISOString(),
      facts: [
        ...factsOf(drawn),
        ['pods with an address', `${addresses.lines.length}`],
        ['pods that differ', `${differing.length}`],
        ['last run', runs[0]?.run ?? 'none'],
      ],
      groups: grouped(checks, findings),
      why: Object.fromEntries(checks.map((c) => [c.id, c.why])),
      pods: table(addresses.lines),
      drift: table(differing),
      unread: addresses.unread,
      runs: runsTable(runs),
      timings: [{ what: 'This report', rows: { columns: ['what', 'took'], rows: clock.taken() } }, ...steps],
    },
  }
}

interface Stopwatch {
  <T>(what: string, work: () => Promise<T>): Promise<T>
  taken(): readonly (readonly string[])[]
}

function stopwatch(app: App): Stopwatch {
  const taken: string[][] = []
  const time = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const began = app.now().getTime()
    try {
      return await work()
    } finally {
      taken.push([what, duration(app.now().getTime() - began)])
    }
  }
  return Object.assign(time, { taken: () => taken })
}

/** Where addresses cannot be read at all the report says so and shows the rest. */
async function readable(seen: Look): Promise<{ readonly lines: Addresses['lines']; readonly unread: readonly string[] }> {
  try {
    const { lines, unread } = await readAddresses(seen, false)
    return { lines, unread: unread.map(({ what, error }) => `${what}: ${error.message}`) }
  } catch (thrown) {
    const error = asError(thrown)
    if (error.code === 'CANCELLED' || error.code === 'BUG') throw error
    return { lines: [], unread: [`addresses: ${error.message}`] }
  }
}

function factsOf(drawn: Topology | undefined): ReportData['facts'] {
  if (drawn === undefined) return []
  const row = (id: string): string => drawn.cards.flatMap((c) => c.rows).find((r) => r.id === id)?.value ?? 'none'
  const active = drawn.cards.filter((c) => c.kind === 'node' && c.state === 'active').map((c) => c.title)
  return [
    ['router address', row('address')],
    ['next hop', row('next-hop')],
    ['active node', active.join(', ') || 'none'],
  ]
}

/** As `ovngw pods -o wide`, without columns that nobody has something in. */
function podsTable(lines: Addresses['lines'], now: Date): Table {
  const created = new Map(lines.map((l) => [podName(l.pod), l.pod.created]))
  const rows = sorted(lines, 'pod', now)
  const columns = COLUMNS.filter((c) => c === 'pod' || c === 'verdict' || rows.some((r) => r[c] !== ''))
  return { columns, rows: rows.map((r) => columns.map((c) => (c === 'age' ? { text: r.age, key: created.get(r.pod) ?? '' } : r[c]))) }
}
