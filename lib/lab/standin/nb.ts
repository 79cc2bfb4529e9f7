/**
 * The stand-in's own, tiny view of the Northbound database: one read of all it needs, one transaction a reconcile. It keeps nothing
 * between two reconciles, so rows rewritten under it (by hand, by ovngw, by a restored snapshot) are simply what it sees next.
 */
import { OvngwError } from '../../kernel/errors.ts'
import { int, listings, map, optional, type RowOf, rowParser, set, str, strings, uuid } from '../../ovn/parse.ts'
import { type Command, type Runner, read, show, write } from '../../proc/command.ts'

const switches = rowParser({ table: 'Logical_Switch', columns: { name: str, ports: set(uuid) } })
const switchPorts = rowParser({ table: 'Logical_Switch_Port', columns: { name: str, external_ids: strings, addresses: set(str) } })
const routers = rowParser({
  table: 'Logical_Router',
  columns: { name: str, options: map(str), ports: set(uuid), nat: set(uuid), policies: set(uuid), static_routes: set(uuid) },
})
const routerPorts = rowParser({ table: 'Logical_Router_Port', columns: { name: str, mac: str, networks: set(str), gateway_chassis: set(uuid) } })
const policies = rowParser({ table: 'Logical_Router_Policy', columns: { priority: int, match: str, nexthops: set(str) } })
const routes = rowParser({ table: 'Logical_Router_Static_Route', columns: { ip_prefix: str, nexthop: str, policy: optional(str) } })
const nats = rowParser({
  table: 'NAT',
  columns: { type: str, external_ip: str, logical_ip: str, external_mac: optional(str), logical_port: optional(str) },
})
const chassis = rowParser({ table: 'Gateway_Chassis', columns: { name: str, chassis_name: str } })
const groups = rowParser({ table: 'Port_Group', columns: { name: str, ports: set(uuid) } })
const TABLES = [switches, switchPorts, routers, routerPorts, policies, routes, nats, chassis, groups] as const

export type Nat = RowOf<typeof nats>
export type Policy = RowOf<typeof policies>
export type Route = RowOf<typeof routes>

/** What the database held at one moment; the lists of the cluster router's rows change along with a transaction in the making. */
export interface Nb {
  readonly switches: readonly RowOf<typeof switches>[]
  readonly switchPorts: RowOf<typeof switchPorts>[]
  readonly routerPorts: readonly RowOf<typeof routerPorts>[]
  readonly chassis: readonly RowOf<typeof chassis>[]
  readonly groups: readonly RowOf<typeof groups>[]
  readonly router: RowOf<typeof routers>
  readonly policies: Policy[]
  readonly routes: Route[]
  readonly nats: Nat[]
}

export interface NbClient {
  /** All tables in one call; the rows of `router` alone. @throws OvngwError COMMAND, PARSE, NOT_FOUND without that router */
  read(router: string): Promise<Nb>
  /** One transaction; nothing to do is no call. @throws OvngwError COMMAND with what ovn-nbctl said */
  commit(tx: Tx): Promise<void>
}

export function nbClient(runner: Runner, socket: string): NbClient {
  const base = [`--db=unix:${socket}`, '--no-leader-only', '--timeout=10']
  return {
    read: async (router) => {
      const args = TABLES.flatMap((t) => ['--', `--columns=${t.names.join(',')}`, 'list', t.table]).slice(1)
      const text = await answer(runner, read('ovn-nbctl', ...base, '--format=json', ...args))
      const tool = 'ovn-nbctl'
      const names = TABLES.map((t) => t.table)
      const all = listings(text, tool, names)
      const rows = <T extends (typeof TABLES)[number]>(parser: T): ReturnType<T['rows']> =>
        parser.rows(all[TABLES.indexOf(parser)] ?? { headings: [], data: [] }, tool) as ReturnType<T['rows']>
      const lr = rows(routers).find((r) => r.name === router)
      if (!lr) throw new OvngwError('NOT_FOUND', { what: `no logical router ${router}` })
      return {
        switches: rows(switches),
        switchPorts: [...rows(switchPorts)],
        routerPorts: rows(routerPorts),
        chassis: rows(chassis),
        groups: rows(groups),
        router: lr,
        policies: rows(policies).filter((p) => lr.policies.includes(p.uuid)),
        routes: rows(routes).filter((r) => lr.static_routes.includes(r.uuid)),
        nats: rows(nats).filter((n) => lr.nat.includes(n.uuid)),
      }
    },
    commit: async (tx) => {
      if (tx.size > 0) await answer(runner, write('ovn-nbctl', ...base, ...tx.args()))
    },
  }
}

type Value = string | number | readonly string[] | Readonly<Record<string, string>>

/** Database commands of one `ovn-nbctl`, in order. Every value is quoted as OVSDB's string syntax wants it. */
export class Tx {
  readonly #commands: (() => string[])[] = []
  /** Rows made in this transaction: `add` cannot name them, so their children go into their own `create`. */
  readonly #children = new Map<string, Map<string, string[]>>()

  get size(): number {
    return this.#commands.length
  }

  /** A row, referenced by a column of its parent when it has one. Answers the name that stands for it within this transaction. */
  create(table: string, columns: Readonly<Record<string, Value>>, parent?: { table: string; record: string; column: string }): string {
    const id = `@r${this.#children.size + 1}`
    const children = new Map<string, string[]>()
    this.#children.set(id, children)
    const references = (): string[] => [...children].map(([column, ids]) => `${column}=[${ids.join(',')}]`)
    this.#commands.push(() => [`--id=${id}`, 'create', table, ...assignments(columns), ...references()])
    if (parent) this.add(parent.table, parent.record, parent.column, id)
    return id
  }

  set(table: string, record: string, columns: Readonly<Record<string, Value>>): void {
    this.#commands.push(() => ['set', table, record, ...assignments(columns)])
  }

  /** Members of a set, or keys of a map. */
  remove(table: string, record: string, column: string, ...members: readonly string[]): void {
    if (members.length > 0) this.#commands.push(() => ['remove', table, record, column, ...members])
  }

  add(table: string, record: string, column: string, member: string): void {
    const own = this.#children.get(record)
    if (own) own.set(column, [...(own.get(column) ?? []), member])
    else this.#commands.push(() => ['add', table, record, column, member])
  }

  destroy(table: string, record: string): void {
    this.#commands.push(() => ['destroy', table, record])
  }

  args(): string[] {
    return this.#commands.flatMap((c, i) => (i === 0 ? c() : ['--', ...c()]))
  }
}

const quote = (text: string): string => JSON.stringify(text)

function assignments(columns: Readonly<Record<string, Value>>): string[] {
  return Object.entries(columns).map(([column, value]) => {
    if (typeof value === 'number') return `${column}=${value}`
    if (typeof value === 'string') return `${column}=${quote(value)}`
    if (Array.isArray(value)) return `${column}=[${value.map(quote).join(',')}]`
    const pairs = Object.entries(value).map(([k, v]) => `${quote(k)}=${quote(v)}`)
    return `${column}={${pairs.join(',')}}`
  })
}

/** stdout of a command that must succeed. */
export async function answer(runner: Runner, command: Command): Promise<string> {
  const { code, stdout, stderr } = await runner.run(command)
  if (code === 0) return stdout
  throw new OvngwError('COMMAND', { what: `${show(command).slice(0, 300)} failed with ${code}`, why: (stderr || stdout).trim().slice(0, 1000) })
}

/** Names of all live chassis rows in the Southbound database. */
export async function readChassis(runner: Runner, socket: string): Promise<readonly string[]> {
  const parser = rowParser({ table: 'Chassis', columns: { name: str } })
  const text = await answer(
    runner,
    read('ovn-sbctl', `--db=unix:${socket}`, '--no-leader-only', '--timeout=10', '--format=json', '--columns=_uuid,name', 'list', 'Chassis'),
  )
  return parser.parse(text, 'ovn-sbctl').map((r) => r.name)
}
